import { describe } from 'node:test';

import { testCases, testFailures } from './render.ts';

const time = '{"t":"2026-02-03T04:05:06.070Z"}';
const elsewhere = '{"t":"1999-12-31T21:59:58+05:30"}';

describe('date writes a time by a reference layout', () => {
  testCases([
    ['{{date "2006-01-02 15:04" .t}}', time, '2026-02-03 04:05'],
    ['{{.t | date "2006-01-02T15:04:05Z07:00"}}', time, '2026-02-03T04:05:06Z'],
    ['{{date "Mon Jan _2 15:04:05 MST 2006" .t}}', time, 'Tue Feb  3 04:05:06 UTC 2026'],
    ['{{date "Monday, 02-Jan-06 15:04:05 MST" .t}}', time, 'Tuesday, 03-Feb-26 04:05:06 UTC'],
    ['{{date "January 2, 3:04PM (03:4:5 pm)" .t}}', time, 'February 3, 4:05AM (04:5:6 am)'],
    ['{{date "002 __2 1/2/06" .t}}', time, '034  34 2/3/26'],
    ['{{date "05.000 05.999 05.000000 05.9 05,00" .t}}', time, '06.070 06.07 06.070000 06 06,07'],
    ['{{date "Janet Monx Marchable" .t}}', time, 'Janet Monx Marchable'],
    ['{{date "3PM -0700 -07:00 -07 Z0700 MST" .t}}', elsewhere, '9PM +0530 +05:30 +05 +0530 +0530'],
    ['{{date "-0700 Z0700 Z07:00" .t}}', time, '+0000 Z Z'],
    ['{{date "2006-01-02 15:04 MST" 0}}', '{}', '1970-01-01 00:00 UTC'],
    ['{{date "2006-01-02 15:04:05" .s}}', '{"s":1700000000}', '2023-11-14 22:13:20'],
    ['{{date "2006-01-02 15:04:05.000" .ms}}', '{"ms":1700000000123}', '2023-11-14 22:13:20.123'],
    ['{{date "15:04:05.000" .s}}', '{"s":1700000000.5}', '22:13:20.500'],
    [
      '{{date "2006" .s}} {{date "15:04:05" .slack}}',
      '{"s":"1700000000","slack":"1700000000.000200"}',
      '2023 22:13:20',
    ],
    ['{{date "2006-01-02 15:04" .d}}', '{"d":"2024-02-29"}', '2024-02-29 00:00'],
    ['{{date "15:04 MST" .d}}', '{"d":"2017-09-15 16:50:55 UTC"}', '16:50 UTC'],
    ['{{date "2006" .x}} {{.n | date "2006" | default "never"}}', '{"n":null}', '<no value> never'],
  ]);
  testFailures([
    ['{{date "2006" .t}}', '{"t":"tomorrow"}', /date: "tomorrow" is not a time/],
    ['{{date "2006" .t}}', '{"t":"2023-02-29"}', /"2023-02-29" is not a time/],
    ['{{date "2006" .t}}', '{"t":"2023-01-01T25:00:00Z"}', /is not a time/],
    ['{{date "2006" .t}}', '{"t":1e99}', /is not a time/],
    ['{{date "2006" .t}}', '{"t":[1]}', /a value of type \[\]interface {} is not a time/],
    ['{{date 2006 .t}}', time, /date: the layout must be a string, not int/],
  ]);
});
