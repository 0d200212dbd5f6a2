/** Cuts a template's source into tokens. White space inside actions is a token of its own, as it separates arguments. */
import { TemplateSyntaxError } from './template-errors.ts';

export type TokenType =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'declare'
  | 'assign'
  | 'pipe'
  | 'comma'
  | '('
  | ')'
  | 'string'
  | 'raw'
  | 'char'
  | 'number'
  | 'dot'
  | 'field'
  | 'variable'
  | 'word'
  | 'end of text';

export interface Token {
  readonly type: TokenType;
  /** As in the source; of text what trim markers left of it. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export function tokenize(source: string): Token[] {
  return new Lexer(source).run();
}

/** Words that are never a function's name. */
export const keywords: ReadonlySet<string> = new Set(
  'block break continue define else end if range template with'.split(' '),
);

const leftDelimiter = '{{';
/** `}}`, or white space and `-}}`. */
const rightDelimiter = /(?:[ \t\r\n]-)?\}\}/y;
const comment = /\{\{(?:-[ \t\r\n]+)?\/\*/y;
const trimsLeft = /\{\{-[ \t\r\n]/y;
/** White space, without the last of it where that belongs to a trimming `-}}`. */
const space = /(?:[ \t\r\n](?!-\}\}))+/y;

/** Tokens inside actions, tried in order; `name`s must be followed by something that ends them. */
const forms: readonly { readonly type: TokenType; readonly form: RegExp; readonly isName?: true }[] = [
  { type: 'space', form: space },
  { type: 'declare', form: /:=/y },
  { type: 'assign', form: /=/y },
  { type: 'pipe', form: /\|/y },
  { type: 'comma', form: /,/y },
  { type: '(', form: /\(/y },
  { type: ')', form: /\)/y },
  { type: 'string', form: /"(?:[^"\\\n]|\\[^\n])*"/y },
  { type: 'raw', form: /`[^`]*`/y },
  { type: 'char', form: /'(?:[^'\\\n]|\\[^\n])*'/y },
  { type: 'number', form: /[+-]?\.?[0-9](?:[eEpP][+-]|[.\p{L}\p{Nd}_])*|[+-]/uy },
  { type: 'field', form: /\.[\p{L}\p{Nd}_]+/uy, isName: true },
  { type: 'dot', form: /\./y, isName: true },
  { type: 'variable', form: /\$[\p{L}\p{Nd}_]*/uy, isName: true },
  { type: 'word', form: /[\p{L}_][\p{L}\p{Nd}_]*/uy, isName: true },
];

const nameEnd = /[ \t\r\n.,|:()]|\}\}|$/y;

class Lexer {
  private readonly source: string;
  private readonly tokens: Token[] = [];
  private offset = 0;
  /** How far `line` and `column` have been counted. */
  private counted = 0;
  private line = 1;
  private column = 1;

  constructor(source: string) {
    this.source = source;
  }

  run(): Token[] {
    let trimStart = false;
    while (this.offset < this.source.length) {
      const found = this.source.indexOf(leftDelimiter, this.offset);
      this.text(found < 0 ? this.source.length : found, trimStart);
      if (found < 0) break;
      trimStart = this.matchAt(comment) === undefined ? this.action() : this.comment();
    }
    this.push('end of text', this.source.length);
    return this.tokens;
  }

  /** The text up to `end`, less what the trim markers on its sides take. */
  private text(end: number, trimStart: boolean): void {
    const whole = this.source.slice(this.offset, end);
    const trimmed = trimStart ? whole.replace(/^[ \t\r\n]+/, '') : whole;
    this.skipTo(end - trimmed.length);
    const token = this.push('text', end);
    const kept = this.matchAt(trimsLeft) === undefined ? trimmed : trimmed.slice(0, endWithoutSpace(trimmed));
    this.tokens.pop();
    if (kept !== '') this.tokens.push({ ...token, text: kept });
  }

  /** Skips a comment; whether it trims the text that follows. */
  private comment(): boolean {
    const end = this.source.indexOf('*/', this.offset + (this.matchAt(comment)?.length ?? 0));
    if (end < 0) this.fail('a comment is not closed: "*/}}" is missing');
    this.skipTo(end + 2);
    const closing = this.matchAt(rightDelimiter);
    if (closing === undefined) this.fail('a comment must end with "*/}}" or "*/ -}}", with nothing else in its action');
    this.skipTo(this.offset + closing.length);
    return closing.length > 2;
  }

  /** The tokens of one action; whether it trims the text that follows. */
  private action(): boolean {
    const start = this.place();
    const trims = this.matchAt(trimsLeft) !== undefined;
    this.push('left', this.offset + (trims ? leftDelimiter.length + 1 : leftDelimiter.length));
    while (this.offset < this.source.length) {
      const closing = this.matchAt(rightDelimiter);
      if (closing !== undefined) {
        this.push('right', this.offset + closing.length);
        return closing.length > 2;
      }
      this.token();
    }
    throw new TemplateSyntaxError('an action is not closed: "}}" is missing', start);
  }

  private token(): void {
    for (const { type, form, isName } of forms) {
      const text = this.matchAt(form);
      if (text === undefined) continue;
      const token = this.push(type, this.offset + text.length);
      if (isName === true && this.matchAt(nameEnd) === undefined) this.failAfterName(token);
      return;
    }
    const found = String.fromCodePoint(this.source.codePointAt(this.offset) ?? 0);
    if (found === '"' || found === '`' || found === "'") this.fail(`a quoted text is not closed: ${found} is missing`);
    this.fail(`unexpected ${JSON.stringify(found)} in an action`);
  }

  private failAfterName(name: Token): never {
    const found = String.fromCodePoint(this.source.codePointAt(this.offset) ?? 0);
    const hint =
      found === '-'
        ? '; a key with other characters than letters, digits and _ is read with index: {{ index .headers "x-github-event" }}'
        : '';
    return this.fail(`unexpected ${JSON.stringify(found)} after ${name.text}${hint}`);
  }

  /** What the sticky `form` matches where we are. */
  private matchAt(form: RegExp): string | undefined {
    form.lastIndex = this.offset;
    return form.exec(this.source)?.[0];
  }

  private push(type: TokenType, end: number): Token {
    const token = { type, text: this.source.slice(this.offset, end), ...this.place() };
    this.tokens.push(token);
    this.skipTo(end);
    return token;
  }

  private skipTo(offset: number): void {
    this.offset = offset;
  }

  private place(): { line: number; column: number } {
    for (; this.counted < this.offset; this.counted += 1) {
      const isNewLine = this.source[this.counted] === '\n';
      this.line += isNewLine ? 1 : 0;
      this.column = isNewLine ? 1 : this.column + 1;
    }
    return { line: this.line, column: this.column };
  }

  private fail(message: string): never {
    throw new TemplateSyntaxError(message, this.place());
  }
}

/** Where the text ends without its trailing white space; a regular expression would look at long runs again and again. */
function endWithoutSpace(text: string): number {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text.charAt(end - 1))) end -= 1;
  return end;
}
