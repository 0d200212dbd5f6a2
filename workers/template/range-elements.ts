/** What `range` goes over. */
import type { Value } from './values.ts';

import { FunctionError } from './template-errors.ts';
import { GoFloat, integerOf, isList, isMap, isNumber, sortedKeys, typeName } from './values.ts';

export interface Round {
  /** A list's index, a map's key; of an integer there is none. */
  readonly key: Value;
  readonly element: Value;
}

/**
 * The rounds of a list, of a map (by sorted keys) or up to an integer (for one variable at the most); nothing has none.
 * `spend` is told of work beyond the rounds themselves.
 */
export function roundsOver(value: Value, variables: number, spend: (steps: number) => void): Iterable<Round> {
  if (value === undefined || value === null) return [];
  if (isList(value)) return listRounds(value);
  if (isMap(value)) {
    spend(value.size);
    return sortedKeys(value).map((key) => ({ key, element: value.get(key) }));
  }
  const count = isNumber(value) && !(value instanceof GoFloat) ? integerOf(value) : undefined;
  if (count === undefined) throw new FunctionError(`range cannot go over a value of type ${typeName(value)}`);
  if (variables > 1) throw new FunctionError('range over an integer sets one variable only');
  return integerRounds(count);
}

function* listRounds(list: readonly Value[]): Generator<Round> {
  for (const [i, element] of list.entries()) yield { key: BigInt(i), element };
}

function* integerRounds(count: bigint): Generator<Round> {
  for (let i = 0n; i < count; i += 1n) yield { key: undefined, element: i };
}
