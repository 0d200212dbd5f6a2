/** SIGKILL of the daemon at each step of a job: every accepted job is there afterwards, and none is started twice. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import type { Step } from '../../workers/actor/context.ts';
import { containersOf, startDaemon, until, untilDelivered, untilJob } from '../support/daemon.ts';
import { shellPylon } from '../support/home.ts';
import { homeIdOf, withHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

/** Appends a line to a file in the job's own home each time that it runs. */
const script = 'echo ran >> /home/pylon/runs; echo begin; sleep 0.5; echo the result';

describe('a daemon that is killed with SIGKILL', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  const steps: readonly Step[] = [
    'render',
    'workspace',
    'create',
    'intent',
    'start',
    'started',
    'output',
    'ended',
    'stored',
    'remove',
  ];
  for (const step of steps) {
    test(`at the step "${step}" loses no job and runs none twice`, async () => {
      await withHome(async (home) => {
        const directory = home.pylon('victim', shellPylon('victim', script));
        writeFileSync(path.join(directory, 'crash.json'), JSON.stringify({ step, how: 'sigkill', times: 1 }));
        const first = await startDaemon(home.home, { crashing: true });
        const died = once(first.process, 'exit');
        const answer = await first.send('/victim').catch(() => undefined);
        await died;
        const second = await startDaemon(home.home, { crashing: true });
        try {
          const jobs = await second.control.jobs({ pylon: null, status: null, limit: 10 });
          assert.equal(jobs.length, 1, 'the job is there');
          const id = jobs[0]?.id ?? '';
          // The kill may have come before the answer was out; where it was, it named this job.
          if (answer !== undefined) assert.equal(answer.body.job_id, id);
          const job = await untilJob(second, id);
          assert.equal(job.status, 'done', job.error ?? '');
          assert.equal(job.runs.at(-1)?.result?.split('\n').at(-1), 'the result');
          assert.equal(runsOf(directory, id), 1, 'it ran exactly once');
          await untilDelivered(second, id);
          await until('no container is left', () => (containersOf(homeIdOf(home)).length === 0 ? true : undefined));
        } finally {
          assert.equal(await second.end(), 0);
        }
      });
    });
  }

  test('before it has stored an event has not answered 202, and starts clean', async () => {
    await withHome(async (home) => {
      const directory = home.pylon('victim', shellPylon('victim', script));
      writeFileSync(path.join(directory, 'crash.json'), JSON.stringify({ step: 'store', how: 'sigkill', times: 1 }));
      const first = await startDaemon(home.home, { crashing: true });
      const died = once(first.process, 'exit');
      await assert.rejects(first.send('/victim'));
      await died;
      const second = await startDaemon(home.home, { crashing: true });
      assert.deepEqual(await second.control.jobs({ pylon: null, status: null, limit: 10 }), []);
      assert.equal((await second.send('/victim')).status, 202);
      assert.equal(await second.end(), 0);
    });
  });
});

function runsOf(directory: string, jobId: string): number {
  const file = path.join(directory, 'jobs', jobId, 'home', 'runs');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}
