/** The values that a template can hold. Objects are always Maps, so no property or method of a JS object is reachable. */

/** What a payload is made of. A plain `number` prints as JSON wrote it; other spellings are a `WrittenNumber`. */
export type DataValue = null | boolean | string | number | WrittenNumber | readonly DataValue[] | DataMap;
export type DataMap = ReadonlyMap<string, DataValue>;

/**
 * Any value inside a template: payload data, Go's `int` (bigint) and `float64` (GoFloat) made by literals and functions,
 * and undefined for a field that is not there.
 */
export type Value = DataValue | bigint | GoFloat | undefined;

/** A JSON number whose text JavaScript would not write the same way: `1.0`, `1e5`, `12345678901234567890`. */
export class WrittenNumber {
  readonly text: string;
  /** The exact integer where the text is one, else the nearest double. */
  readonly size: bigint | number;

  constructor(text: string) {
    this.text = text;
    this.size = integerForm.test(text) ? BigInt(text) : Number(text);
  }
}

/** Longer integers are compared as doubles, so that a payload cannot buy minutes of arithmetic with one number. */
const integerForm = /^-?\d{1,400}$/;

/** A float64 written in the template itself, printed as Go prints it: `1e6` is `1e+06`. */
export class GoFloat {
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }
}

export type NumberValue = number | bigint | WrittenNumber | GoFloat;

export function isNumber(value: Value): value is NumberValue {
  return (
    typeof value === 'number' || typeof value === 'bigint' || value instanceof WrittenNumber || value instanceof GoFloat
  );
}

export function isList(value: Value): value is readonly DataValue[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is DataMap {
  return value instanceof Map;
}

/** The size of a number for comparing: JavaScript compares bigint and number exactly. */
export function sizeOf(value: NumberValue): number | bigint {
  return value instanceof WrittenNumber || value instanceof GoFloat ? value.size : value;
}

/** The integer that a number stands for, or undefined when it has a fraction or is beyond every exact integer. */
export function integerOf(value: NumberValue): bigint | undefined {
  const size = sizeOf(value);
  if (typeof size === 'bigint') return size;
  return Number.isInteger(size) ? BigInt(size) : undefined;
}

/** Go's idea of true: everything but false, 0, nothing, and what is empty. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null) return false;
  if (isNumber(value)) {
    const size = sizeOf(value);
    return typeof size === 'bigint' ? size !== 0n : size !== 0;
  }
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  return typeof value === 'string' ? value !== '' : value;
}

/** The name of a value's type as Go prints it with `%T`. */
export function typeName(value: Value): string {
  if (value === undefined || value === null) return '<nil>';
  if (isList(value)) return '[]interface {}';
  if (isMap(value)) return 'map[string]interface {}';
  if (isNumber(value)) return !(value instanceof GoFloat) && integerOf(value) !== undefined ? 'int' : 'float64';
  return typeof value === 'string' ? 'string' : 'bool';
}

/** A map's keys in Go's order, that of their UTF-8 bytes. */
export function sortedKeys(map: DataMap): string[] {
  return [...map.keys()].toSorted(compareText);
}

/** Orders two texts by code points, as Go's comparison of UTF-8 bytes does; UTF-16 order differs beyond U+D800. */
export function compareText(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above every other UTF-16 unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
