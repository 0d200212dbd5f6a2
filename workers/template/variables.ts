/** A template's variables, the innermost last; those of a block go when it ends. */
import type { Value } from './values.ts';

interface Variable {
  readonly name: string;
  value: Value;
}

export class Variables {
  private readonly stack: Variable[] = [];

  /** How many are in sight, for `forget`. */
  get count(): number {
    return this.stack.length;
  }

  /** Forgets all but the first `count`. */
  forget(count: number): void {
    this.stack.length = count;
  }

  declare(name: string, value: Value): void {
    this.stack.push({ name, value });
  }

  /** The parser has seen to it that the name is in sight. */
  assign(name: string, value: Value): void {
    const variable = this.find(name);
    if (variable !== undefined) variable.value = value;
  }

  get(name: string): Value {
    return this.find(name)?.value;
  }

  private find(name: string): Variable | undefined {
    return this.stack.findLast((variable) => variable.name === name);
  }
}
