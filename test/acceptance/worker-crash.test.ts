/** A worker that dies, in each way that a thread can: it restarts alone, its jobs go on, and nobody else notices. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { containersOf, startDaemon, until, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import type { CrashPlan } from '../support/crashing-pylon.ts';
import { shellPylon } from '../support/home.ts';
import { homeIdOf, withHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

const script = 'echo ran >> /home/pylon/runs; echo begin; sleep 0.5; echo the result';

describe('a worker that dies', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  const cases: readonly (readonly [what: string, how: CrashPlan['how'], step: CrashPlan['step']])[] = [
    ['of an uncaught exception while it prepares', 'throw', 'workspace'],
    ['of process.exit between intent and start', 'exit', 'start'],
    ['of a full heap while it reads the output', 'heap', 'output'],
    ['of an endless loop right after the start', 'loop', 'started'],
  ];
  for (const [what, how, step] of cases) {
    test(`${what} restarts alone, and its job goes on`, async () => {
      await withHome(async (home) => {
        const directory = home.pylon('victim', shellPylon('victim', script));
        home.pylon('neighbour', shellPylon('neighbour', 'echo fine'));
        plan(directory, { step, how, times: 1 });
        const daemon = await startDaemon(home.home, { crashing: true });
        const answer = await daemon.send('/victim');
        assert.equal(answer.status, 202);
        const id = answer.body.job_id ?? '';
        await until('the worker dies', () => (timesLeft(directory) === 0 ? true : undefined));
        // While the victim is down, or hangs, its neighbour answers and works.
        const neighbour = await daemon.send('/neighbour');
        assert.equal(neighbour.status, 202);
        assert.equal((await untilJob(daemon, neighbour.body.job_id ?? '')).status, 'done');
        const job = await untilJob(daemon, id);
        assert.equal(job.status, 'done', job.error ?? '');
        assert.equal(runsOf(directory, id), 1, 'it ran exactly once');
        assert.match(daemon.stderr(), /\[victim\] its thread ended: /);
        assert.doesNotMatch(daemon.stderr(), /\[neighbour\] its thread ended/);
        assert.equal(await daemon.end(), 0);
        assert.deepEqual(containersOf(homeIdOf(home)), [], 'no container is left');
      });
    });
  }

  test('each time in the same job’s step gives that job up the third time, and serves the next', async () => {
    await withHome(async (home) => {
      const directory = home.pylon('victim', shellPylon('victim', script));
      const daemon = await startDaemon(home.home, { crashing: true });
      plan(directory, { step: 'render', how: 'exit', times: 3 });
      const killer = (await daemon.send('/victim')).body.job_id ?? '';
      const job = await untilJob(daemon, killer);
      assert.equal(job.status, 'failed');
      assert.match(job.error ?? '', /ended the pylon’s worker 3 times/);
      assert.equal(runsOf(directory, killer), 0);
      const next = await untilServed(daemon);
      assert.equal((await untilJob(daemon, next)).status, 'done');
      assert.equal(await daemon.end(), 0);
    });
  });

  test('with a request in it answers 503 where that was not stored, and the sender’s next try is served', async () => {
    await withHome(async (home) => {
      const directory = home.pylon('victim', shellPylon('victim', script));
      const daemon = await startDaemon(home.home, { crashing: true });
      plan(directory, { step: 'store', how: 'exit', times: 1 });
      const refused = await daemon.send('/victim');
      assert.equal(refused.status, 503);
      assert.equal(refused.body.error?.code, 'PYLON_RESTARTING');
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      assert.deepEqual(await daemon.control.jobs({ pylon: null, status: null, limit: 10 }), []);
      const id = await untilServed(daemon);
      assert.equal((await untilJob(daemon, id)).status, 'done');
      assert.equal(await daemon.end(), 0);
    });
  });
});

function plan(directory: string, crash: CrashPlan): void {
  writeFileSync(path.join(directory, 'crash.json'), JSON.stringify(crash));
}

function timesLeft(directory: string): number {
  return (JSON.parse(readFileSync(path.join(directory, 'crash.json'), 'utf8')) as CrashPlan).times;
}

function runsOf(directory: string, jobId: string): number {
  try {
    return readFileSync(path.join(directory, 'jobs', jobId, 'home', 'runs'), 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}

/** Sends again while the pylon is still restarting, as a sender would. */
function untilServed(daemon: Daemon): Promise<string> {
  return until('the pylon takes an event', async () => {
    const answer = await daemon.send('/victim');
    return answer.status === 202 ? answer.body.job_id : undefined;
  });
}
