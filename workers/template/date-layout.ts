/** Go's reference layouts: Mon Jan 2 15:04:05 MST 2006, written the way the time should look. */
import type { ZonedTime } from './date.ts';

/** `time` in `layout`; what is no element of the reference time stands as it is. */
export function layOutTime(layout: string, time: ZonedTime): string {
  const parts = partsOf(time);
  return layout.replace(element, (text, fraction: string | undefined) => {
    if (fraction !== undefined) return fractionOf(fraction, parts.ms);
    return elements[text]?.(parts) ?? text;
  });
}

/** Longest first where one begins another; `Jan` and `Mon` only where no longer word goes on. */
const element = new RegExp(
  [
    'January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|PM|pm',
    '002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5',
    '[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07',
    '([.,](?:0+|9+)(?![0-9]))',
  ].join('|'),
  'g',
);

interface Parts {
  readonly year: number;
  /** From 1, as all that follow but the time of day. */
  readonly month: number;
  readonly day: number;
  readonly dayOfYear: number;
  /** From 0, Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  readonly offset: number;
  readonly zone: string;
}

function partsOf({ ms, offset, zone }: ZonedTime): Parts {
  const local = new Date(ms + offset * 60_000);
  const newYear = new Date(local);
  newYear.setUTCMonth(0, 1);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    dayOfYear: Math.round((local.getTime() - newYear.getTime()) / 86_400_000) + 1,
    weekday: local.getUTCDay(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    ms: local.getUTCMilliseconds(),
    offset,
    zone,
  };
}

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const elements: Readonly<Record<string, (parts: Parts) => string>> = {
  January: ({ month }) => months[month - 1] ?? '',
  Jan: ({ month }) => (months[month - 1] ?? '').slice(0, 3),
  '1': ({ month }) => String(month),
  '01': ({ month }) => two(month),
  Monday: ({ weekday }) => days[weekday] ?? '',
  Mon: ({ weekday }) => (days[weekday] ?? '').slice(0, 3),
  '2': ({ day }) => String(day),
  _2: ({ day }) => String(day).padStart(2),
  '02': ({ day }) => two(day),
  __2: ({ dayOfYear }) => String(dayOfYear).padStart(3),
  '002': ({ dayOfYear }) => String(dayOfYear).padStart(3, '0'),
  '15': ({ hour }) => two(hour),
  '3': ({ hour }) => String(hour % 12 || 12),
  '03': ({ hour }) => two(hour % 12 || 12),
  '4': ({ minute }) => String(minute),
  '04': ({ minute }) => two(minute),
  '5': ({ second }) => String(second),
  '05': ({ second }) => two(second),
  '2006': ({ year }) => String(year).padStart(4, '0'),
  '06': ({ year }) => two(year % 100),
  PM: ({ hour }) => (hour >= 12 ? 'PM' : 'AM'),
  pm: ({ hour }) => (hour >= 12 ? 'pm' : 'am'),
  MST: ({ zone, offset }) => (zone === '' ? offsetText(offset, '', false) : zone),
  '-0700': ({ offset }) => offsetText(offset, '', false),
  '-07:00': ({ offset }) => offsetText(offset, ':', false),
  '-07': ({ offset }) => offsetText(offset, '', false).slice(0, 3),
  '-070000': ({ offset }) => offsetText(offset, '', true),
  '-07:00:00': ({ offset }) => offsetText(offset, ':', true),
  Z0700: ({ offset }) => (offset === 0 ? 'Z' : offsetText(offset, '', false)),
  'Z07:00': ({ offset }) => (offset === 0 ? 'Z' : offsetText(offset, ':', false)),
  Z07: ({ offset }) => (offset === 0 ? 'Z' : offsetText(offset, '', false).slice(0, 3)),
  Z070000: ({ offset }) => (offset === 0 ? 'Z' : offsetText(offset, '', true)),
  'Z07:00:00': ({ offset }) => (offset === 0 ? 'Z' : offsetText(offset, ':', true)),
};

function two(amount: number): string {
  return String(amount).padStart(2, '0');
}

function offsetText(offset: number, separator: string, withSeconds: boolean): string {
  const minutes = Math.abs(offset);
  const text = `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
  return withSeconds ? `${text}${separator}00` : text;
}

/** `.000` gives as many digits as it has zeros; `.999` as well, without zeros at the end, and no point before nothing. */
function fractionOf(layout: string, ms: number): string {
  const digits = String(ms)
    .padStart(3, '0')
    .padEnd(layout.length - 1, '0')
    .slice(0, layout.length - 1);
  const kept = layout.includes('9') ? digits.replace(/0+$/, '') : digits;
  return kept === '' ? '' : layout.slice(0, 1) + kept;
}
