/** `json`: any value as compact JSON, keys sorted as Go's encoder sorts them, numbers as the payload wrote them. */
import type { Spend } from './format-value.ts';
import type { Value } from './values.ts';

import { GoFloat, isList, isMap, sortedKeys, WrittenNumber } from './values.ts';

export function toJson(value: Value, spend: Spend): string {
  spend(1);
  if (isMap(value)) {
    const entries = sortedKeys(value).map((key) => `${JSON.stringify(key)}:${toJson(value.get(key), spend)}`);
    return `{${entries.join(',')}}`;
  }
  if (isList(value)) return `[${value.map((element) => toJson(element, spend)).join(',')}]`;
  if (value instanceof WrittenNumber) return value.text;
  if (value instanceof GoFloat) return JSON.stringify(value.size);
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value ?? null);
}
