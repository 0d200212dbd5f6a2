/** Reads Go's string, character and number literals. */
import { GoFloat } from './values.ts';

/** The text of a quoted literal (without its quotes), or undefined when an escape in it is not one of Go's. */
export function unquote(inner: string, quote: '"' | "'"): string | undefined {
  const bytes: Buffer[] = [];
  const form = /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|([^\\]+)/y;
  for (let match = form.exec(inner); match !== null; match = form.exec(inner)) {
    const piece = pieceOf(match, quote);
    if (piece === undefined) return undefined;
    bytes.push(piece);
    if (form.lastIndex === inner.length) break;
  }
  // The sticky expression starts again from 0 after a failure.
  if (inner !== '' && form.lastIndex !== inner.length) return undefined;
  return Buffer.concat(bytes).toString('utf8');
}

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** `\x` and octal escapes are bytes, which may make one character together; the others are characters. */
function pieceOf(match: RegExpExecArray, quote: string): Buffer | undefined {
  const [, letter, hex, octal, short, long, plain] = match;
  if (plain !== undefined) return Buffer.from(plain);
  if (letter !== undefined) {
    const wrongQuote = (letter === '"' || letter === "'") && letter !== quote;
    return wrongQuote ? undefined : Buffer.from(simple[letter] ?? letter);
  }
  if (hex !== undefined || octal !== undefined) {
    const byte = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16);
    return byte > 255 ? undefined : Buffer.from([byte]);
  }
  const point = Number.parseInt(short ?? long ?? '', 16);
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
  return Buffer.from(String.fromCodePoint(point));
}

/** The code point of a character literal, or undefined when it is not exactly one character. */
export function characterOf(inner: string): bigint | undefined {
  const text = unquote(inner, "'");
  const point = text?.codePointAt(0);
  if (text === undefined || point === undefined || text !== String.fromCodePoint(point)) return undefined;
  return BigInt(point);
}

/** A number literal: Go's int where it is written as one, else a float64; or what is wrong with it. */
export function numberOf(text: string): bigint | GoFloat | { readonly wrong: string } {
  const wrong = { wrong: `${JSON.stringify(text)} is not a number` };
  if (!underscoresAreFine(text)) return wrong;
  const sign = text.startsWith('-') ? -1n : 1n;
  const digits = text.replace(/^[+-]/, '').replaceAll('_', '');
  if (/^(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/.test(digits)) {
    const value = sign * BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
    return BigInt.asIntN(64, value) === value ? value : { wrong: `${text} does not fit 64 bits` };
  }
  if (!/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(digits) || /^[0-9]+$/.test(digits)) return wrong;
  const value = Number(digits);
  return Number.isFinite(value) ? new GoFloat(Number(sign) * value) : { wrong: `${text} is too large for a number` };
}

/** An underscore may stand between digits, and after a base prefix. */
function underscoresAreFine(text: string): boolean {
  return !/_(?![0-9a-fA-F])|(?<![0-9a-fA-FxXoObB])_/.test(text);
}
