import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { fail } from '../../src/errors.ts';
import { untilEngineAnswers, untilStored } from '../../workers/actor/patience.ts';
import { handClock } from '../channel/hand-clock.ts';

const silent = fail('PYLON_ENGINE_SILENT', { address: 'x', reason: 'y' });
const never = new AbortController().signal;

describe('patience with an engine', () => {
  test('tries again until it answers', async () => {
    const clock = handClock(0);
    let tries = 0;
    const work = async (): Promise<number> => {
      tries += 1;
      if (tries < 4) throw silent;
      return tries;
    };
    const done = untilEngineAnswers(work, { clock, patienceMs: 60_000, signal: never });
    await clock.advance(10_000);
    assert.equal(await done, 4);
  });

  test('ends with the engine’s error when it is over, and at once with any other', async () => {
    const clock = handClock(0);
    const patience = { clock, patienceMs: 60_000, signal: never };
    let tries = 0;
    const done = untilEngineAnswers(async () => {
      tries += 1;
      throw silent;
    }, patience).catch((error: unknown) => error);
    await clock.advance(59_000);
    const before = tries;
    await clock.advance(2_000);
    assert.equal(await done, silent);
    assert.ok(before > 10 && tries > before);
    await clock.advance(60_000);
    assert.ok(tries <= before + 3, 'nothing goes on');
    const refused = fail('PYLON_ENGINE_REFUSED', { what: 'x', reason: 'y' });
    await assert.rejects(
      untilEngineAnswers(() => Promise.reject(refused), patience),
      refused,
    );
  });

  test('ends with the signal, whether it waits or tries, unless what it tries must be seen through', async () => {
    const clock = handClock(0);
    const reason = new Error('enough');
    const hanging = (): Promise<never> => new Promise(() => undefined);
    for (const work of [hanging, () => Promise.reject(silent)]) {
      const stop = new AbortController();
      const done = untilEngineAnswers(work, { clock, patienceMs: Infinity, signal: stop.signal });
      await clock.advance(100);
      stop.abort(reason);
      await assert.rejects(done, reason);
      await assert.rejects(untilEngineAnswers(work, { clock, patienceMs: 1, signal: stop.signal }), reason);
    }
    const stop = new AbortController();
    let finish: (value: string) => void = () => undefined;
    const work = (): Promise<string> => new Promise((resolve) => (finish = resolve));
    const seen = untilEngineAnswers(work, { clock, patienceMs: 1, signal: stop.signal, abandon: null });
    await clock.advance(100);
    stop.abort(reason);
    await clock.advance(100);
    finish('started');
    assert.equal(await seen, 'started');
  });
});

test('patience with a disk covers a full one, of the database and of files, and nothing else', async () => {
  const clock = handClock(0);
  const patience = { clock, patienceMs: Infinity, signal: never };
  const full = [
    fail('PYLON_NOT_STORED', { reason: 'the disk is full' }),
    Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }),
    Object.assign(new Error('EDQUOT'), { code: 'EDQUOT' }),
  ];
  for (const error of full) {
    let tries = 0;
    const done = untilStored(() => {
      tries += 1;
      if (tries === 1) throw error;
      return 'stored';
    }, patience);
    await clock.advance(1_000);
    assert.equal(await done, 'stored');
  }
  for (const error of [Object.assign(new Error('EIO'), { code: 'EIO' }), new Error('a fault')]) {
    const done = untilStored(() => {
      throw error;
    }, patience);
    await assert.rejects(done, (thrown) => thrown === error);
  }
});
