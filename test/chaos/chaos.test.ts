/** The promises hold under faults: some seeds, for about two minutes in all. `npm run chaos` runs others, and longer. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { ensureTestImages } from '../support/test-image.ts';
import { formatPlan, makePlan } from './plan.ts';
import { runChaos } from './run-chaos.ts';

/** Together they have every kind of fault. */
const seeds = [3, 8, 21];
const secondsEach = 20;

describe('under faults', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  for (const seed of seeds) {
    const title = `every promise is kept (npm run chaos -- --seed ${seed} --minutes ${secondsEach / 60})`;
    test(title, { timeout: 300_000 }, async () => {
      const plan = makePlan(seed, secondsEach * 1_000);
      const happened: string[] = [formatPlan(plan), 'what happened:'];
      const { findings } = await runChaos(plan, { say: (line) => happened.push(line) });
      assert.deepEqual(findings, [], happened.join('\n'));
    });
  }
});
