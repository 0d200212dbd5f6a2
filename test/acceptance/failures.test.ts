/** What goes wrong outside of Pylon: each job ends with a sentence that says what to do, and nothing is lost. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { containersOf, startDaemon, until, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { startEngineProxy } from '../support/engine-proxy.ts';
import { secret, shellPylon } from '../support/home.ts';
import { homeIdOf, withHome } from '../support/remove-home.ts';
import { busyboxImage, ensureTestImages } from '../support/test-image.ts';

async function outcome(
  daemon: Daemon,
  urlPath: string,
): Promise<{ status: string; error: string | null; result: string | null }> {
  const answer = await daemon.send(urlPath, { number: 1 });
  assert.equal(answer.status, 202);
  const job = await untilJob(daemon, answer.body.job_id ?? '');
  return { status: job.status, error: job.error, result: job.runs.at(-1)?.result ?? null };
}

describe('a job that cannot succeed', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('ends with the reason, whatever it is, and the next one is served', async () => {
    await withHome(async (home) => {
      home.pylon('fails', shellPylon('fails', 'echo working; echo "cannot find the file" >&2; exit 3'));
      home.pylon('no-image', shellPylon('no-image', 'echo').replace(busyboxImage, 'pylon-test/there-is-none:1'));
      home.pylon('no-program', shellPylon('no-program', 'echo').replace('[sh, -c,', '[there-is-no-such-program,'));
      home.pylon(
        'endless',
        shellPylon('endless', 'trap "" TERM; echo begin; while true; do sleep 0.1; done').replace(
          'network: none',
          'network: none\n  timeout: 2s',
        ),
      );
      home.pylon('hungry', shellPylon('hungry', 'tail /dev/zero', 'limits: { memory: 16m }\n'));
      home.pylon(
        'greedy',
        shellPylon('greedy', 'head -c 30000000 /dev/zero > /workspace/big; sleep 60', 'limits: { disk: 10m }\n'),
      );
      home.pylon(
        'template',
        shellPylon('template', 'echo').replace('job {{ .job.id }}', '{{ index .body.number .body.missing }}'),
      );
      const none = `name: no-repo
trigger: { type: webhook, secret: ${secret}, signature: github }
workspace: { type: git-clone, repo: "http://127.0.0.1:9/none.git" }
agent: { type: command, image: "${busyboxImage}", command: [echo], prompt: x }
`;
      home.pylon('no-repo', none);
      const daemon = await startDaemon(home.home, { crashing: true });

      const expected: readonly (readonly [pylon: string, status: string, error: RegExp])[] = [
        ['fails', 'failed', /exited with code 3.*cannot find the file|exited with code 3/],
        ['no-image', 'failed', /pylon-test\/there-is-none:1/],
        ['no-program', 'failed', /there-is-no-such-program/],
        ['endless', 'timeout', /time limit of 2s.*agent\.timeout/],
        ['hungry', 'failed', /out of memory.*limits\.memory/],
        ['greedy', 'failed', /10m of disk.*limits\.disk/],
        ['template', 'failed', /agent\.prompt could not be rendered/],
        ['no-repo', 'failed', /127\.0\.0\.1:9/],
      ];
      for (const [pylon, status, error] of expected) {
        const ended = await outcome(daemon, `/${pylon}`);
        assert.equal(ended.status, status, `${pylon}: ${ended.error}`);
        assert.match(ended.error ?? '', error, pylon);
      }
      assert.equal(await daemon.end(), 0);
      assert.deepEqual(containersOf(homeIdOf(home)), []);
    });
  });

  test('is killed by `kill`, with what it printed until then', async () => {
    await withHome(async (home) => {
      home.pylon('endless', shellPylon('endless', 'echo begin; while true; do sleep 0.1; done'));
      const daemon = await startDaemon(home.home, { crashing: true });
      const id = (await daemon.send('/endless')).body.job_id ?? '';
      await untilJob(daemon, id, 'running');
      assert.equal((await daemon.control.kill(id.slice(0, 8))).status, 'killed');
      const job = await daemon.control.job(id);
      assert.match(job.error ?? '', /pylon kill/);
      await assert.rejects(daemon.control.kill(id), { code: 'PYLON_JOB_ENDED' });
      assert.equal(await daemon.end(), 0);
      assert.deepEqual(containersOf(homeIdOf(home)), []);
    });
  });
});

describe('an engine that goes away', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('in the middle of a run leaves the job running, and its output is complete when it is back', async () => {
    const proxy = await startEngineProxy();
    try {
      await withHome(async (home) => {
        const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; sleep 0.2; done';
        home.pylon('steady', shellPylon('steady', script));
        const daemon = await startDaemon(home.home, { crashing: true, env: { DOCKER_HOST: proxy.host } });
        const id = (await daemon.send('/steady')).body.job_id ?? '';
        await until('the first lines are there', async () => {
          const log = await logOf(daemon, id);
          return log.includes('line 3') ? true : undefined;
        });
        await proxy.become('gone');
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        assert.equal((await daemon.control.job(id)).status, 'running');
        await proxy.become('there');
        const job = await untilJob(daemon, id);
        assert.equal(job.status, 'done', job.error ?? '');
        const lines = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`);
        assert.equal(job.runs.at(-1)?.result, lines.join('\n'));
        assert.equal(await logOf(daemon, id), `${lines.join('\n')}\n`);
        assert.equal(await daemon.end(), 0);
        assert.deepEqual(containersOf(homeIdOf(home)), []);
      });
    } finally {
      await proxy.close();
    }
  });

  test('before a job has started makes it wait, and fail only when it stays away', async () => {
    const proxy = await startEngineProxy();
    try {
      await withHome(async (home) => {
        home.pylon('patient', shellPylon('patient', 'echo here'));
        await proxy.become('gone');
        const env = { DOCKER_HOST: proxy.host, TEST_ENGINE_SILENCE: '4000' };
        const daemon = await startDaemon(home.home, { crashing: true, env });
        assert.match(daemon.stderr(), new RegExp(path.basename(proxy.host)));
        const waits = (await daemon.send('/patient')).body.job_id ?? '';
        await untilJob(daemon, waits, 'pending');
        await proxy.become('there');
        assert.equal((await untilJob(daemon, waits)).status, 'done');
        await proxy.become('gone');
        const fails = await outcome(daemon, '/patient');
        assert.equal(fails.status, 'failed');
        assert.match(fails.error ?? '', /docker/i);
        await proxy.become('there');
        assert.equal((await outcome(daemon, '/patient')).status, 'done');
        assert.equal(await daemon.end(), 0);
      });
    } finally {
      await proxy.close();
    }
  });
});

async function logOf(daemon: Daemon, id: string): Promise<string> {
  let text = '';
  for await (const chunk of await daemon.control.log(id, false)) text += chunk.toString();
  return text;
}
