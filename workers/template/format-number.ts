/** Numbers as Go's fmt package prints them under a verb and its flags. */
import type { Directive } from './directive.ts';

import { pad } from './directive.ts';
import { decimal } from './format-float.ts';
import { isPrintable, quote } from './quote.ts';

/** An integer under `%b %c %d %o %O %q %U %x %X`, or undefined when the verb is none for integers. */
export function formatInteger(value: bigint, directive: Directive): string | undefined {
  switch (directive.verb) {
    case 'd':
      return digits(value, 10, directive);
    case 'b':
      return digits(value, 2, directive);
    case 'o':
    case 'O':
      return digits(value, 8, directive);
    case 'x':
    case 'X':
      return digits(value, 16, directive);
    case 'c':
      return pad(characterOf(value), directive);
    case 'q':
      return pad(quote(characterOf(value), "'", directive.plus), directive);
    case 'U':
      return pad(unicode(value, directive), { ...directive, zero: false });
    default:
      return undefined;
  }
}

function characterOf(value: bigint): string {
  const isCharacter = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn);
  return isCharacter ? String.fromCodePoint(Number(value)) : '\uFFFD';
}

function unicode(value: bigint, { sharp, precision }: Directive): string {
  // Go prints a negative number as the 64 bits that it is stored in.
  const hex = BigInt.asUintN(64, value)
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, precision ?? 0), '0');
  const character = characterOf(value);
  return sharp && isPrintable(character) ? `U+${hex} '${character}'` : `U+${hex}`;
}

const prefixes: Readonly<Record<string, string>> = { b: '0b', x: '0x', X: '0X' };

function digits(value: bigint, base: number, directive: Directive): string {
  const { verb, sharp, precision, width, zero } = directive;
  if (precision === 0 && value === 0n) return pad('', { ...directive, zero: false });
  const sign = value < 0n ? '-' : directive.plus ? '+' : directive.space ? ' ' : '';
  const plain = (value < 0n ? -value : value).toString(base);
  // Zeros up to the width count as precision, which is why %#06x has eight characters.
  const least = precision ?? (zero && width !== undefined ? width - sign.length : 0);
  let text = (verb === 'X' ? plain.toUpperCase() : plain).padStart(least, '0');
  if (sharp && base === 8 && !text.startsWith('0')) text = `0${text}`;
  else if (sharp) text = (prefixes[verb] ?? '') + text;
  if (verb === 'O') text = `0o${text}`;
  return pad(sign + text, { ...directive, zero: false });
}

/** A double under `%e %E %f %F %g %G`, or undefined when the verb is none for doubles. */
export function formatFloat(value: number, directive: Directive): string | undefined {
  const format = directive.verb.toLowerCase();
  if (format !== 'e' && format !== 'f' && format !== 'g') return undefined;
  const precision = directive.precision ?? (format === 'g' ? undefined : 6);
  const isNegative = value < 0 || Object.is(value, -0);
  const sign = isNegative ? '-' : directive.plus ? '+' : directive.space ? ' ' : '';
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : isNegative ? '-Inf' : '+Inf';
    return pad(name, { ...directive, zero: false });
  }
  const text = decimal(Math.abs(value), format, precision);
  const cased = directive.verb === 'E' || directive.verb === 'G' ? text.toUpperCase() : text;
  const { zero, width } = directive;
  return pad(sign + (zero && width !== undefined ? cased.padStart(width - sign.length, '0') : cased), directive);
}
