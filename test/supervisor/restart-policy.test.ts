import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { restartDelay } from '../../src/supervisor/restart-policy.ts';

const minute = 60_000;

/** Deaths at these moments, asked at the last of them. */
const cases: readonly { readonly title: string; readonly deaths: readonly number[]; readonly delay: number }[] = [
  { title: 'the first death is followed by a restart at once', deaths: [5_000], delay: 0 },
  { title: 'the second in a row waits half a second', deaths: [0, 100], delay: 500 },
  { title: 'the third waits a second', deaths: [0, 100, 700], delay: 1_000 },
  { title: 'the seventh waits 16 seconds', deaths: [0, 1, 2, 3, 4, 5, 6].map((n) => n * 10_000), delay: 16_000 },
  { title: 'the eighth waits 30 seconds', deaths: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => n * 10_000), delay: 30_000 },
  {
    title: 'no death waits longer than 30 seconds',
    deaths: Array.from({ length: 90 }, (_, n) => n * 31_000),
    delay: 30_000,
  },
  { title: 'two quiet minutes wipe the record', deaths: [0, 100, 700, 2_000, 2_000 + 2 * minute], delay: 0 },
  { title: 'deaths just closer than that still count', deaths: [0, 2 * minute - 1], delay: 500 },
  {
    title: 'only the deaths since the last quiet time count',
    deaths: [0, 1, 2, 3, 5 * minute, 5 * minute + 9],
    delay: 500,
  },
  { title: 'a clock that was set back does not wipe the record', deaths: [10 * minute, 10], delay: 500 },
];

describe('restart policy', () => {
  for (const { title, deaths, delay } of cases) {
    it(title, () => assert.equal(restartDelay(deaths, deaths.at(-1) ?? 0), delay));
  }

  it('answers at once when nothing ever died', () => assert.equal(restartDelay([], 0), 0));
});
