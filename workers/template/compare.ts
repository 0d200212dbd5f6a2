/** `eq`, `lt` and their kin. Numbers compare by size, whatever their spelling; other types only among themselves. */
import type { Value } from './values.ts';

import { FunctionError } from './template-errors.ts';
import { compareText, isList, isMap, isNumber, sizeOf, typeName } from './values.ts';

/** Whether two values are equal. Nothing equals only nothing; lists and objects cannot be compared. */
export function isEqual(a: Value, b: Value): boolean {
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (kindA === 'composite' || kindB === 'composite') {
    if (kindA === 'nothing' || kindB === 'nothing') return false;
    throw new FunctionError(`${typeName(a)} and ${typeName(b)} cannot be compared`);
  }
  if (kindA !== kindB) {
    if (kindA === 'nothing' || kindB === 'nothing') return false;
    throw incompatible(a, b);
  }
  if (isNumber(a) && isNumber(b)) return !isLess(a, b) && !isLess(b, a);
  return kindA === 'nothing' || a === b;
}

/** Whether `a` is less than `b`; only numbers and strings have an order. */
export function isLess(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return sizeOf(a) < sizeOf(b);
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b) < 0;
  for (const value of [a, b]) {
    if (value === undefined || value === null) throw new FunctionError('a value that is not there has no order');
    if (!isNumber(value) && typeof value !== 'string')
      throw new FunctionError(`values of type ${typeName(value)} have no order`);
  }
  throw incompatible(a, b);
}

type Kind = 'nothing' | 'bool' | 'string' | 'number' | 'composite';

function kindOf(value: Value): Kind {
  if (value === undefined || value === null) return 'nothing';
  if (isList(value) || isMap(value)) return 'composite';
  if (isNumber(value)) return 'number';
  return typeof value === 'string' ? 'string' : 'bool';
}

function incompatible(a: Value, b: Value): FunctionError {
  return new FunctionError(`${typeName(a)} and ${typeName(b)} are not compatible types for a comparison`);
}
