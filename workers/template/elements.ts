/** `len`, `index` and `slice`. As in Go, strings are counted and cut in bytes of UTF-8. */
import type { Value } from './values.ts';

import { FunctionError } from './template-errors.ts';
import { GoFloat, integerOf, isList, isMap, isNumber, typeName } from './values.ts';

export function length(value: Value): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
  if (isList(value)) return BigInt(value.length);
  if (isMap(value)) return BigInt(value.size);
  if (value === undefined || value === null) throw new FunctionError('there is no value to count');
  throw new FunctionError(`a value of type ${typeName(value)} has no length`);
}

/** `item` indexed by each key in turn. What lies below a value that is not there is not there either. */
export function index(item: Value, keys: readonly Value[]): Value {
  return keys.reduce(indexOnce, item);
}

function indexOnce(item: Value, key: Value): Value {
  if (item === undefined || item === null) return undefined;
  if (isMap(item)) {
    if (typeof key !== 'string') throw new FunctionError(`a map needs a string as key, not ${typeName(key)}`);
    return item.get(key);
  }
  if (isList(item)) return item[position(key, item.length - 1, 'the list', item.length)];
  if (typeof item === 'string') {
    const bytes = Buffer.from(item);
    return BigInt(bytes[position(key, bytes.length - 1, 'the string', bytes.length)] ?? 0);
  }
  throw new FunctionError(`a value of type ${typeName(item)} cannot be indexed`);
}

/** `item[bounds]` with up to three bounds; the third, a capacity in Go, only has to be in order here. */
export function slice(item: Value, bounds: readonly Value[]): Value {
  const bytes = typeof item === 'string' ? Buffer.from(item) : undefined;
  const size = bytes?.length ?? (isList(item) ? item.length : undefined);
  if (size === undefined) throw new FunctionError(`a value of type ${typeName(item)} cannot be sliced`);
  if (bytes !== undefined && bounds.length > 2) throw new FunctionError('a string takes two bounds at the most');
  const named = bytes === undefined ? 'the list' : 'the string';
  const [from = 0, to = size, most] = bounds.map((bound) => position(bound, size, named, size));
  if (from > to) throw new FunctionError(`the bounds are out of order: ${from} > ${to}`);
  if (most !== undefined && to > most) throw new FunctionError(`the bounds are out of order: ${to} > ${most}`);
  return bytes === undefined ? (isList(item) ? item.slice(from, to) : undefined) : bytes.toString('utf8', from, to);
}

function position(key: Value, last: number, named: string, size: number): number {
  if (!isNumber(key) || key instanceof GoFloat) {
    throw new FunctionError(
      `${named} needs an integer as index, not ${key === undefined ? 'a missing value' : typeName(key)}`,
    );
  }
  const integer = integerOf(key);
  if (integer === undefined) throw new FunctionError(`${named} needs an integer as index`);
  if (integer < 0n || integer > BigInt(last)) {
    throw new FunctionError(`index out of range: ${integer} (${named} has ${size})`);
  }
  return Number(integer);
}
