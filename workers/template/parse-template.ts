/** Parses a template: its text, its actions and the blocks they open and close. */
import type { Token } from './lexer.ts';
import type { Node, Pipeline, Template } from './nodes.ts';
import type { Scope } from './parse-pipeline.ts';

import { unquote } from './unquote.ts';
import { Definitions } from './definitions.ts';
import { parsePipeline } from './parse-pipeline.ts';
import { TokenCursor } from './token-cursor.ts';

/** Parses a template in Go's `text/template` notation. Throws a `TemplateSyntaxError` with line and column. */
export function parseTemplate(source: string): Template {
  const parser = new TemplateParser(new TokenCursor(source));
  return parser.template();
}

/** Whether a template is mere text, without a single action. */
export function templateIsPlain(source: string): boolean {
  return !source.includes('{{');
}

/** Where a list of nodes stands: which variables it sees and whether `break` has a meaning. */
interface Place extends Scope {
  readonly insideRange: boolean;
}

/** What ended a list of nodes; `next` is the token behind `else` or `end`. */
interface Ending {
  readonly nodes: Node[];
  readonly keyword: 'end' | 'else';
  readonly token: Token;
}

class TemplateParser {
  private readonly cursor: TokenCursor;
  private readonly definitions = new Definitions();

  constructor(cursor: TokenCursor) {
    this.cursor = cursor;
  }

  template(): Template {
    const place = this.topLevel();
    const body: Node[] = [];
    while (this.cursor.peek().type !== 'end of text') {
      const keyword = this.peekKeyword();
      if (keyword?.text === 'define') this.define();
      else if (keyword?.text === 'end' || keyword?.text === 'else') {
        this.cursor.fail(keyword, `unexpected {{ ${keyword.text} }}: no block is open`);
      } else body.push(this.node(place));
    }
    return { body, definitions: this.definitions.complete() };
  }

  private topLevel(): Place {
    return { cursor: this.cursor, variables: ['$'], insideRange: false };
  }

  /** The keyword that the action to come starts with, without moving. */
  private peekKeyword(): Token | undefined {
    const upcoming = this.cursor.lookAhead();
    if (upcoming.next().value?.type !== 'left') return undefined;
    const first = upcoming.next().value;
    return first?.type === 'word' ? first : undefined;
  }

  private node(place: Place): Node {
    const token = this.cursor.next();
    if (token.type === 'text') return { type: 'text', text: token.text };
    const first = this.cursor.peekPastSpace();
    switch (first.type === 'word' ? first.text : '') {
      case 'if':
      case 'with':
      case 'range':
      case 'block':
        return this.cursor.nested(first, () => this.block(place));
      case 'template':
        return this.call(place);
      case 'break':
      case 'continue':
        return this.jump(place);
      case 'define':
        return this.cursor.fail(first, 'a template can only be defined outside all other blocks');
      default:
        return { type: 'action', line: first.line, pipeline: parsePipeline(place, 'an action', 'right') };
    }
  }

  private block(place: Place): Node {
    const first = this.cursor.nextPastSpace();
    if (first.text === 'block') return this.blockDefinition(place, first);
    return this.branch(place, first, first.text === 'range' ? 'range' : first.text === 'if' ? 'if' : 'with');
  }

  /** `if`, `with` or `range` behind its keyword, to its `end`. */
  private branch(place: Place, first: Token, type: 'if' | 'with' | 'range'): Node {
    const inSight = place.variables.length;
    const { line } = first;
    const pipeline = parsePipeline(place, type, 'right');
    const body = this.list({ ...place, insideRange: place.insideRange || type === 'range' }, first);
    const otherwise = body.keyword === 'else' ? this.otherwise(place, first, type) : [];
    place.variables.length = inSight;
    return { type, line, pipeline, body: body.nodes, otherwise };
  }

  /** What follows `else`: another branch in the same block, or a list up to `end`. */
  private otherwise(place: Place, first: Token, type: 'if' | 'with' | 'range'): Node[] {
    const next = this.cursor.nextPastSpace();
    if (next.type === 'word' && next.text === type && type !== 'range') {
      return [this.cursor.nested(next, () => this.branch(place, next, type))];
    }
    if (next.type !== 'right') this.cursor.failUnexpected(next, `else of ${type}`);
    const { nodes, keyword, token } = this.list(place, first);
    if (keyword === 'else') this.cursor.fail(token, `a second else in the ${type} of line ${first.line}`);
    return nodes;
  }

  /** Nodes up to `end` (which is consumed whole) or `else` (of which the rest is left). */
  private list(place: Place, opening: Token): Ending {
    const nodes: Node[] = [];
    const inSight = place.variables.length;
    while (this.cursor.peek().type !== 'end of text') {
      const keyword = this.peekKeyword();
      if (keyword?.text === 'end' || keyword?.text === 'else') {
        this.cursor.next();
        this.cursor.nextPastSpace();
        if (keyword.text === 'end') this.close('end');
        place.variables.length = inSight;
        return { nodes, keyword: keyword.text, token: keyword };
      }
      nodes.push(this.node(place));
    }
    return this.cursor.fail(opening, `${opening.text} is not closed: {{ end }} is missing`);
  }

  private define(): void {
    this.cursor.next();
    const first = this.cursor.nextPastSpace();
    const name = this.name('define');
    this.close('define');
    this.definitions.add(first, name, this.definition(first));
  }

  /** `{{ block "name" pipeline }} … {{ end }}`: defines a template and calls it on the spot. */
  private blockDefinition(place: Place, first: Token): Node {
    const { line } = first;
    const name = this.name('block');
    const pipeline = this.argument(place, 'block');
    this.definitions.add(first, name, this.definition(first));
    return { type: 'template', line, name, pipeline };
  }

  private definition(first: Token): Node[] {
    const { nodes, keyword, token } = this.list(this.topLevel(), first);
    if (keyword === 'else') this.cursor.fail(token, `unexpected {{ else }} in ${first.text}`);
    return nodes;
  }

  private call(place: Place): Node {
    const first = this.cursor.nextPastSpace();
    const { line } = first;
    const name = this.name('template');
    this.definitions.call(first, name);
    if (this.cursor.peekPastSpace().type === 'right') {
      this.cursor.next();
      return { type: 'template', line, name, pipeline: undefined };
    }
    return { type: 'template', line, name, pipeline: this.argument(place, 'template') };
  }

  private argument(place: Place, context: string): Pipeline {
    const inSight = place.variables.length;
    const pipeline = parsePipeline(place, context, 'right');
    place.variables.length = inSight;
    return pipeline;
  }

  private jump(place: Place): Node {
    const first = this.cursor.nextPastSpace();
    const type = first.text === 'break' ? 'break' : 'continue';
    if (!place.insideRange) this.cursor.fail(first, `{{ ${type} }} stands outside of every range`);
    this.close(type);
    return { type, line: first.line };
  }

  private name(context: string): string {
    const token = this.cursor.nextPastSpace();
    const inner = token.text.slice(1, -1);
    const name = token.type === 'string' ? unquote(inner, '"') : token.type === 'raw' ? inner : undefined;
    return (
      name ?? this.cursor.fail(token, `${context} needs a quoted name, and ${JSON.stringify(token.text)} is not one`)
    );
  }

  private close(context: string): void {
    const token = this.cursor.nextPastSpace();
    if (token.type !== 'right') this.cursor.failUnexpected(token, context);
  }
}
