import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { formatPlan, makePlan } from './plan.ts';
import type { FaultKind } from './plan.ts';

const minutes = 60_000;

describe('a chaos plan', () => {
  test('is the same for the same seed, to the letter', () => {
    for (const seed of [1, 2, 77]) {
      assert.deepEqual(makePlan(seed, 3 * minutes), makePlan(seed, 3 * minutes));
      assert.equal(formatPlan(makePlan(seed, 3 * minutes)), formatPlan(makePlan(seed, 3 * minutes)));
    }
  });

  test('is another for another seed', () => {
    assert.notDeepEqual(makePlan(1, minutes).faults, makePlan(2, minutes).faults);
  });

  test('begins in the same way however long it is', () => {
    const short = makePlan(5, minutes).faults;
    assert.deepEqual(makePlan(5, 5 * minutes).faults.slice(0, short.length), short);
  });

  test('keeps its times where only some kinds of faults are wanted', () => {
    const whole = makePlan(9, 5 * minutes);
    const only = makePlan(9, 5 * minutes, new Set<FaultKind>(['daemon-killed']));
    assert.ok(only.faults.length > 0);
    assert.deepEqual(
      only.faults,
      whole.faults.filter(({ action }) => action.kind === 'daemon-killed'),
    );
  });

  test('draws every kind of fault sooner or later, in order of time and within its length', () => {
    const { faults } = makePlan(4, 60 * minutes);
    const kinds = new Set(faults.map(({ action }) => action.kind));
    assert.equal(kinds.size, 13);
    const times = faults.map(({ at }) => at);
    assert.deepEqual(
      times,
      times.toSorted((left, right) => left - right),
    );
    assert.ok((times.at(-1) ?? Infinity) < 60 * minutes);
  });
});
