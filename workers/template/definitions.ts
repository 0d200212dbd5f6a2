/** The templates that a template defines, and the calls to them that must find one. */
import type { Token } from './lexer.ts';
import type { Node } from './nodes.ts';

import { TemplateSyntaxError } from './template-errors.ts';

export class Definitions {
  private readonly bodies = new Map<string, readonly Node[]>();
  /** Calls may come before their definition, so they are looked at last. */
  private readonly calls: { readonly name: string; readonly at: Token }[] = [];

  /** As in Go, an empty definition gives way to another of the same name, and two that are not empty are a mistake. */
  add(at: Token, name: string, body: readonly Node[]): void {
    const earlier = this.bodies.get(name);
    if (earlier !== undefined && !isEmpty(earlier)) {
      if (isEmpty(body)) return;
      throw new TemplateSyntaxError(`the template ${JSON.stringify(name)} is defined twice`, at);
    }
    this.bodies.set(name, body);
  }

  call(at: Token, name: string): void {
    this.calls.push({ name, at });
  }

  /** All definitions. Throws a `TemplateSyntaxError` at the first call that finds none. */
  complete(): ReadonlyMap<string, readonly Node[]> {
    const lost = this.calls.find(({ name }) => !this.bodies.has(name));
    if (lost !== undefined) {
      throw new TemplateSyntaxError(`no template ${JSON.stringify(lost.name)} is defined`, lost.at);
    }
    return this.bodies;
  }
}

function isEmpty(body: readonly Node[]): boolean {
  return body.every((node) => node.type === 'text' && node.text.trim() === '');
}
