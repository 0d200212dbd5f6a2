/** The promises hold under faults: some seeds, for about two minutes in all. `npm run chaos` runs others, and longer. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { ensureTestImages } from '../support/test-image.ts';
import { formatPlan, makePlan } from './plan.ts';
import type { FaultKind } from './plan.ts';
import { runChaos } from './run-chaos.ts';

const seeds = [2, 37, 215];
const minutesEach = 0.35;

describe('under faults', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('all kinds of them are in the plans that follow', () => {
    const kindsOf = (seed: number, ms: number): FaultKind[] =>
      makePlan(seed, ms).faults.map(({ action }) => action.kind);
    const planned = new Set(seeds.flatMap((seed) => kindsOf(seed, minutesEach * 60_000)));
    assert.deepEqual([...planned].toSorted(), [...new Set(kindsOf(1, 3_600_000))].toSorted());
  });

  for (const seed of seeds) {
    const title = `every promise is kept (npm run chaos -- --seed ${seed} --minutes ${minutesEach})`;
    test(title, { timeout: 480_000 }, async () => {
      const plan = makePlan(seed, minutesEach * 60_000);
      const happened: string[] = [formatPlan(plan), 'what happened:'];
      const { findings } = await runChaos(plan, { say: (line) => happened.push(line) });
      assert.deepEqual(findings, [], happened.join('\n'));
    });
  }
});
