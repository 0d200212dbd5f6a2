/** `date`: a time written by one of Go's reference layouts. */
import type { Value } from './values.ts';

import { layOutTime } from './date-layout.ts';
import { FunctionError } from './template-errors.ts';
import { isNumber, sizeOf, typeName } from './values.ts';

/** A moment, and the zone that it is shown in. */
export interface ZonedTime {
  /** Milliseconds since 1970, UTC. */
  readonly ms: number;
  /** Minutes east of UTC. */
  readonly offset: number;
  /** `UTC`, or empty where only the offset is known. */
  readonly zone: string;
}

/**
 * `value` (RFC 3339 text, shown in the zone that it names; or seconds or milliseconds since 1970, shown in UTC) by a
 * layout such as `2006-01-02 15:04`. The date of a value that is not there is not there either.
 */
export function formatDate(layout: Value, value: Value): string | undefined {
  if (typeof layout !== 'string') throw new FunctionError(`the layout must be a string, not ${typeName(layout)}`);
  if (value === undefined || value === null) return undefined;
  const time = timeOf(value);
  if (time === undefined) {
    const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : `a value of type ${typeName(value)}`;
    throw new FunctionError(`${shown} is not a time: RFC 3339, or seconds or milliseconds since 1970, is expected`);
  }
  return layOutTime(layout, time);
}

function timeOf(value: Value): ZonedTime | undefined {
  if (isNumber(value)) return epochTime(Number(sizeOf(value)));
  if (typeof value !== 'string') return undefined;
  return /^-?\d{1,16}(?:\.\d{1,9})?$/.test(value) ? epochTime(Number(value)) : textTime(value);
}

/** From this on a number counts milliseconds: as seconds it would lie in the year 5138, as milliseconds in 1973. */
const firstMilliseconds = 1e11;

/** The years that RFC 3339 can write, 0 to 9999. */
const earliest = Date.parse('0000-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

function epochTime(amount: number): ZonedTime | undefined {
  const ms = Math.floor(Math.abs(amount) >= firstMilliseconds ? amount : amount * 1000);
  return ms >= earliest && ms <= latest ? { ms, offset: 0, zone: 'UTC' } : undefined;
}

/** RFC 3339, also with a blank for the T, without seconds or zone (UTC then), and a date alone. */
const textForm =
  /^\d{4}-\d\d-\d\d(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(?:[Zz]|UTC|([+-])(\d\d):?(\d\d))?)?$/;

function textTime(text: string): ZonedTime | undefined {
  const match = textForm.exec(text);
  if (match === null) return undefined;
  const [, hour = '00', minute = '00', second = '00', fraction = '', sign, zoneHours, zoneMinutes] = match;
  const local = new Date(`${text.slice(0, 10)}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // Date takes February 30th for March 1st; a date that does not exist is no time.
  if (Number.isNaN(local.getTime()) || local.toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  if (sign === undefined) return { ms: local.getTime(), offset: 0, zone: 'UTC' };
  const minutes = Number(zoneHours) * 60 + Number(zoneMinutes);
  if (Number(zoneHours) > 23 || Number(zoneMinutes) > 59) return undefined;
  const offset = sign === '-' ? -minutes : minutes;
  return { ms: local.getTime() - offset * 60_000, offset, zone: '' };
}
