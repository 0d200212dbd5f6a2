/** Any value as Go's fmt package prints it under one directive. */
import type { Directive } from './directive.ts';
import type { NumberValue, Value } from './values.ts';

import { pad, plainDirective } from './directive.ts';
import { formatFloat, formatInteger } from './format-number.ts';
import { quote } from './quote.ts';
import { GoFloat, integerOf, isList, isMap, isNumber, sizeOf, sortedKeys, typeName, WrittenNumber } from './values.ts';

/** Told how much work a value makes, so that the limit on a template's steps covers it. */
export type Spend = (steps: number) => void;

/** `value` under `directive`; a verb that does not fit gives Go's `%!d(string=hi)`. */
export function formatValue(value: Value, directive: Directive, spend: Spend): string {
  if (directive.verb === 'T') return pad(cutTo(typeName(value), directive), directive);
  if (value === undefined || value === null) {
    return directive.verb === 'v' ? pad('<nil>', directive) : `%!${directive.verb}(<nil>)`;
  }
  return formatInside(value, directive, spend);
}

/** `value` as `%v` prints it. */
export function formatPlainly(value: Value, spend: Spend): string {
  return formatValue(value, plainDirective, spend);
}

/** A value or an element of one; nothing has no verb and no width inside of lists and maps. */
function formatInside(value: Value, directive: Directive, spend: Spend): string {
  spend(1);
  if (value === undefined || value === null)
    return directive.sharp && directive.verb === 'v' ? 'interface {}(nil)' : '<nil>';
  if (isList(value) || isMap(value)) return formatComposite(value, directive, spend);
  return formatScalar(value, directive) ?? badVerb(value, directive, spend);
}

function formatComposite(value: Extract<Value, object>, directive: Directive, spend: Spend): string {
  const isSource = directive.sharp && directive.verb === 'v';
  const separator = isSource ? ', ' : ' ';
  if (isMap(value)) {
    const entries = sortedKeys(value).map(
      (key) => `${formatInside(key, directive, spend)}:${formatInside(value.get(key), directive, spend)}`,
    );
    return isSource ? `map[string]interface {}{${entries.join(separator)}}` : `map[${entries.join(separator)}]`;
  }
  const elements = isList(value) ? value.map((element) => formatInside(element, directive, spend)) : [];
  return isSource ? `[]interface {}{${elements.join(separator)}}` : `[${elements.join(separator)}]`;
}

function badVerb(value: Value, directive: Directive, spend: Spend): string {
  return `%!${directive.verb}(${typeName(value)}=${formatInside(value, { ...directive, verb: 'v', sharp: false }, spend)})`;
}

function formatScalar(value: Exclude<Value, null | undefined>, directive: Directive): string | undefined {
  if (isNumber(value)) return formatNumber(value, directive);
  if (typeof value === 'boolean') {
    return directive.verb === 't' || directive.verb === 'v' ? pad(String(value), directive) : undefined;
  }
  return typeof value === 'string' ? formatString(value, directive) : undefined;
}

/** A payload's number is written as it came for `%v` and `%s`, and is integer or float as the verb asks. */
function formatNumber(value: NumberValue, directive: Directive): string | undefined {
  const { verb } = directive;
  if (typeof value === 'bigint') return formatInteger(value, verb === 'v' ? { ...directive, verb: 'd' } : directive);
  if (value instanceof GoFloat) return formatFloat(value.size, verb === 'v' ? { ...directive, verb: 'g' } : directive);
  if (verb === 'v' || verb === 's') {
    return padSigned(value instanceof WrittenNumber ? value.text : String(value), directive);
  }
  const integer = integerOf(value);
  const asInteger = integer === undefined ? undefined : formatInteger(integer, directive);
  return asInteger ?? formatFloat(Number(sizeOf(value)), directive);
}

function padSigned(text: string, directive: Directive): string {
  const { width, zero } = directive;
  const sign = text.startsWith('-') ? '-' : directive.plus ? '+' : directive.space ? ' ' : '';
  const bare = text.replace(/^-/, '');
  return pad(sign + (zero && width !== undefined ? bare.padStart(width - sign.length, '0') : bare), directive);
}

function formatString(value: string, directive: Directive): string | undefined {
  const { verb, sharp } = directive;
  const cut = cutTo(value, directive);
  switch (verb) {
    case 'v':
      return sharp ? quoted(cut, directive) : pad(cut, directive);
    case 's':
      return pad(cut, directive);
    case 'q':
      return quoted(cut, directive);
    case 'x':
    case 'X':
      return pad(hexOf(value, directive), directive);
    default:
      return undefined;
  }
}

/** At most as many characters as the precision says. */
function cutTo(text: string, { precision }: Directive): string {
  return precision === undefined
    ? text
    : Array.from(text.slice(0, 2 * precision))
        .slice(0, precision)
        .join('');
}

/** `%#q` prefers back quotes where the text can stand between them. */
function quoted(text: string, directive: Directive): string {
  const { verb, sharp, plus } = directive;
  const isRaw = verb === 'q' && sharp && /^[^`\p{Cc}\u{feff}]*$/u.test(text.replaceAll('\t', ''));
  return pad(isRaw ? `\`${text}\`` : quote(text, '"', plus && verb === 'q'), directive);
}

/** The bytes of a string in hexadecimal; the precision counts bytes. */
function hexOf(value: string, { verb, sharp, space, precision }: Directive): string {
  const bytes = [...Buffer.from(value).subarray(0, precision ?? Infinity)];
  const pairs = bytes
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .map((pair) => (verb === 'X' ? pair.toUpperCase() : pair));
  const prefix = sharp ? (verb === 'X' ? '0X' : '0x') : '';
  if (pairs.length === 0) return '';
  return space ? pairs.map((pair) => prefix + pair).join(' ') : prefix + pairs.join('');
}
