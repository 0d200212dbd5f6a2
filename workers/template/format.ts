/** `printf`, `print` and `println`. */
import type { Directive } from './directive.ts';
import type { Spend } from './format-value.ts';
import type { Value } from './values.ts';

import { charactersPerStep } from './budget.ts';
import { formatPlainly, formatValue } from './format-value.ts';
import { integerOf, isNumber, typeName } from './values.ts';

/** `args` under `format`, with Go's notes in place of what does not fit: `%!d(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, args: readonly Value[], spend: Spend): string {
  return new Formatter(format, args, spend).run();
}

/** `args` in a row, with a space between two that are not both beside a string. */
export function sprint(args: readonly Value[], spend: Spend): string {
  let text = '';
  args.forEach((arg, i) => {
    const isApart = i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string';
    text += (isApart ? ' ' : '') + formatPlainly(arg, spend);
  });
  return text;
}

/** `args` with a space between any two and a newline at the end. */
export function sprintln(args: readonly Value[], spend: Spend): string {
  return `${args.map((arg) => formatPlainly(arg, spend)).join(' ')}\n`;
}

/** As in Go, larger widths and precisions are not taken. */
const largestNumber = 1_000_000;

/** What has been read of a directive. */
type Draft = { -readonly [Key in keyof Directive]: Directive[Key] };

class Formatter {
  private readonly format: string;
  private readonly args: readonly Value[];
  private readonly spend: Spend;
  private offset = 0;
  private output = '';
  private argument = 0;
  /** An explicit index such as `%[2]d` was used, so arguments left over are no mistake. */
  private reordered = false;
  private indexIsGood = true;
  /** The last thing read was an explicit index, which must stand right before what it is for. */
  private afterIndex = false;

  constructor(format: string, args: readonly Value[], spend: Spend) {
    this.format = format;
    this.args = args;
    this.spend = spend;
  }

  run(): string {
    while (this.offset < this.format.length) {
      const percent = this.format.indexOf('%', this.offset);
      const end = percent < 0 ? this.format.length : percent;
      this.output += this.format.slice(this.offset, end);
      this.offset = end + 1;
      if (percent >= 0) this.directive();
    }
    this.leftOver();
    return this.output;
  }

  private directive(): void {
    this.spend(1);
    this.indexIsGood = true;
    this.afterIndex = false;
    const draft = this.flags();
    this.index();
    this.width(draft);
    this.precision(draft);
    if (!this.afterIndex) this.index();
    const verb = this.format.codePointAt(this.offset);
    if (verb === undefined) {
      this.output += '%!(NOVERB)';
      return;
    }
    draft.verb = String.fromCodePoint(verb);
    this.offset += draft.verb.length;
    const text = this.carryOut(draft);
    this.spend(Math.floor(text.length / charactersPerStep));
    this.output += text;
  }

  private carryOut(directive: Directive): string {
    const { verb } = directive;
    if (verb === '%') return '%';
    if (!this.indexIsGood) return `%!${verb}(BADINDEX)`;
    if (this.argument >= this.args.length) return `%!${verb}(MISSING)`;
    const arg = this.args[this.argument];
    this.argument += 1;
    // On %v a plus asks for the names of struct fields, of which there are none here, and not for signs.
    return formatValue(arg, verb === 'v' ? { ...directive, plus: false } : directive, this.spend);
  }

  private flags(): Draft {
    const [flags = ''] = /^[#0+\- ]*/.exec(this.format.slice(this.offset, this.offset + longestFlags)) ?? [];
    this.offset += flags.length;
    const minus = flags.includes('-');
    return {
      verb: '',
      plus: flags.includes('+'),
      minus,
      sharp: flags.includes('#'),
      space: flags.includes(' '),
      zero: flags.includes('0') && !minus,
      width: undefined,
      precision: undefined,
    };
  }

  private width(draft: Draft): void {
    if (this.format[this.offset] === '*') {
      this.offset += 1;
      draft.width = this.numberArgument();
      if (draft.width === undefined) this.output += '%!(BADWIDTH)';
      if (draft.width !== undefined && draft.width < 0) {
        draft.width = -draft.width;
        draft.minus = true;
        draft.zero = false;
      }
      return;
    }
    draft.width = this.number();
    if (this.afterIndex && draft.width !== undefined) this.indexIsGood = false;
  }

  private precision(draft: Draft): void {
    if (this.format[this.offset] !== '.') return;
    this.offset += 1;
    if (this.afterIndex) this.indexIsGood = false;
    this.index();
    if (this.format[this.offset] === '*') {
      this.offset += 1;
      const given = this.numberArgument();
      if (given === undefined) this.output += '%!(BADPREC)';
      draft.precision = given !== undefined && given < 0 ? undefined : given;
      return;
    }
    draft.precision = this.number() ?? 0;
  }

  /** A number in the format; one that is too large takes the rest of the format with it, as in Go. */
  private number(): number | undefined {
    const [text] = /^\d+/.exec(this.format.slice(this.offset, this.offset + longestFlags)) ?? [];
    if (text === undefined) return undefined;
    this.offset = Number(text) > largestNumber ? this.format.length : this.offset + text.length;
    return Number(text) > largestNumber ? undefined : Number(text);
  }

  /** The next argument as a width or precision (`*`). */
  private numberArgument(): number | undefined {
    this.afterIndex = false;
    const arg = this.args[this.argument];
    if (this.argument < this.args.length) this.argument += 1;
    const integer = isNumber(arg) ? integerOf(arg) : undefined;
    if (integer === undefined || integer > BigInt(largestNumber) || integer < BigInt(-largestNumber)) return undefined;
    return Number(integer);
  }

  /** An explicit argument index, `[n]`. */
  private index(): void {
    this.afterIndex = false;
    if (this.format[this.offset] !== '[') return;
    this.reordered = true;
    const close = this.format.indexOf(']', this.offset);
    const text = close < 0 ? '' : this.format.slice(this.offset + 1, close);
    this.offset = close < 0 ? this.offset + 1 : close + 1;
    const wanted = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    if (wanted < 1 || wanted > this.args.length) {
      this.indexIsGood = false;
      return;
    }
    this.argument = wanted - 1;
    this.afterIndex = true;
  }

  private leftOver(): void {
    if (this.reordered || this.argument >= this.args.length) return;
    const rest = this.args.slice(this.argument).map((arg) => {
      return arg === undefined || arg === null ? '<nil>' : `${typeName(arg)}=${formatPlainly(arg, this.spend)}`;
    });
    this.output += `%!(EXTRA ${rest.join(', ')})`;
  }
}

/** How far flags and numbers are looked for: no sensible directive is longer. */
const longestFlags = 32;
