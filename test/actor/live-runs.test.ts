import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { endReasonOf, RunLeft } from '../../workers/actor/ending.ts';
import { makeLiveRuns } from '../../workers/actor/live-runs.ts';
import type { LiveRuns, RunSignals } from '../../workers/actor/live-runs.ts';
import { settled } from '../channel/hand-clock.ts';

function open(): { runs: LiveRuns; faults: unknown[] } {
  const faults: unknown[] = [];
  return { runs: makeLiveRuns((jobId, error) => faults.push([jobId, error])), faults };
}

/** Begins a run that goes on until `finish`. */
async function begin(runs: LiveRuns, jobId: string): Promise<{ signals: RunSignals; finish: () => void }> {
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const signals = await new Promise<RunSignals>((resolve) => {
    runs.begin(jobId, (given) => {
      resolve(given);
      return done;
    });
  });
  return { signals, finish };
}

describe('live runs', () => {
  test('are known until they settle', async () => {
    const { runs } = open();
    const { finish } = await begin(runs, 'a');
    assert.deepEqual([runs.has('a'), runs.ids()], [true, ['a']]);
    finish();
    await runs.settled('a');
    assert.deepEqual([runs.has('a'), runs.ids()], [false, []]);
    await runs.settled();
    await runs.settled('unknown');
  });

  test('are begun once, and again after they have settled', async () => {
    const { runs } = open();
    const { finish } = await begin(runs, 'a');
    runs.begin('a', () => assert.fail('it is live'));
    finish();
    await runs.settled('a');
    const again = await begin(runs, 'a');
    assert.ok(runs.has('a'));
    again.finish();
    await runs.settled();
  });

  test('that fail are told, and live no more', async () => {
    const { runs, faults } = open();
    const error = new Error('a fault');
    runs.begin('a', () => Promise.reject(error));
    runs.begin('b', () => {
      throw error;
    });
    await runs.settled();
    assert.deepEqual(
      faults.toSorted((left, right) => String(left).localeCompare(String(right))),
      [
        ['a', error],
        ['b', error],
      ],
    );
  });

  test('are ended for the first reason, and left also while they are being ended', async () => {
    const { runs } = open();
    const { signals, finish } = await begin(runs, 'a');
    assert.equal(runs.end('nobody', { kind: 'lost' }), false);
    assert.equal(runs.end('a', { kind: 'killed', by: 'x' }), true);
    runs.end('a', { kind: 'lost' });
    assert.deepEqual(endReasonOf(signals.ending.reason), { kind: 'killed', by: 'x' });
    assert.equal(signals.left.aborted, false);
    runs.leave('a');
    assert.ok(signals.left.reason instanceof RunLeft);
    finish();
    const other = await begin(runs, 'b');
    runs.leave('b');
    assert.ok(other.signals.ending.reason instanceof RunLeft && other.signals.left.aborted);
    other.finish();
    await runs.settled();
  });

  test('begin no more once they are closed', async () => {
    const { runs } = open();
    runs.close();
    runs.begin('a', () => assert.fail('it is closed'));
    await settled();
    assert.deepEqual(runs.ids(), []);
  });
});
