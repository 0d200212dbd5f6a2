/** Walks over a template's tokens, and says where a template is wrong. */
import type { Token } from './lexer.ts';

import { tokenize } from './lexer.ts';
import { TemplateSyntaxError } from './template-errors.ts';

/** Deeper nesting of blocks and parentheses is refused, so that neither parsing nor rendering can exhaust the stack. */
const deepestNesting = 100;

export class TokenCursor {
  private readonly tokens: readonly Token[];
  private position = 0;
  private depth = 0;

  constructor(source: string) {
    this.tokens = tokenize(source);
  }

  peek(): Token {
    return this.at(this.position);
  }

  next(): Token {
    const token = this.peek();
    this.position += 1;
    return token;
  }

  peekPastSpace(): Token {
    while (this.peek().type === 'space') this.position += 1;
    return this.peek();
  }

  nextPastSpace(): Token {
    this.peekPastSpace();
    return this.next();
  }

  /** The tokens to come without white space, without moving. */
  *lookAhead(): Generator<Token, undefined> {
    for (let position = this.position; position < this.tokens.length; position += 1) {
      const token = this.at(position);
      if (token.type !== 'space') yield token;
    }
  }

  /** Parses something that may hold itself. */
  nested<Parsed>(at: Token, parse: () => Parsed): Parsed {
    this.depth += 1;
    if (this.depth > deepestNesting)
      this.fail(at, `blocks and parentheses are nested deeper than ${deepestNesting} levels`);
    const parsed = parse();
    this.depth -= 1;
    return parsed;
  }

  fail(at: Token, message: string): never {
    throw new TemplateSyntaxError(message, at);
  }

  failUnexpected(found: Token, context: string): never {
    if (found.type === 'end of text') this.fail(found, `the text ends inside ${context}`);
    if (found.type === 'right') this.fail(found, `a value is missing before ${found.text.trim()}`);
    return this.fail(found, `unexpected ${JSON.stringify(found.text)} in ${context}`);
  }

  private at(position: number): Token {
    const token = this.tokens[Math.min(position, this.tokens.length - 1)];
    return token ?? { type: 'end of text', text: '', line: 1, column: 1 };
  }
}
