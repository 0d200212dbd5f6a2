/** What a stop leaves behind, and what the next thread makes of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { EngineAddress, FromPylon, PylonPaths } from '../../src/protocol/messages.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import { engineAddress } from '../../workers/engine/engine-address.ts';
import { removeHomeFromEngine } from '../../workers/engine/docker-containers.ts';
import { changeStatus } from '../../workers/store/change-status.ts';
import { endedWithContainer } from '../../workers/store/ended-with-container.ts';
import { openStore } from '../../workers/store/open-store.ts';
import type { Store } from '../../workers/store/store.ts';
import { startEngineProxy } from '../support/engine-proxy.ts';
import { hurriedClock } from '../support/hurried-clock.ts';
import { busyboxImage, ensureTestImages } from '../support/test-image.ts';
import { makePaths, openActor, settingsOf } from './open-actor.ts';
import type { OpenedActor, OpenOptions } from './open-actor.ts';

const idOf = (body: unknown): string => (body as { job_id: string }).job_id;

function readyOf({ sent }: OpenedActor): Extract<FromPylon, { type: 'ready' }> {
  const ready = sent.find((message) => message.type === 'ready');
  if (ready?.type !== 'ready') throw new Error('it never said that it is ready');
  return ready;
}

/** Opens the database as no thread does any more. */
function inStore<Result>({ database }: PylonPaths, work: (store: Store) => Result): Result {
  const store = openStore(database);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

function assertAtRest({ database }: PylonPaths): void {
  for (const suffix of ['-wal', '-journal', '.lock']) assert.ok(!existsSync(`${database}${suffix}`), suffix);
  assert.equal(readFileSync(database).subarray(0, 15).toString(), 'SQLite format 3');
}

describe('a stop of a pylon whose agents are child processes', () => {
  test('ends the running job with a reason, starts none that waits, and leaves the database at rest', async (t) => {
    const paths = makePaths(t);
    const first = openActor(t, { paths, settings: settingsOf('echo begin; sleep 30'), slots: 1 });
    const running = idOf((await first.send({})).body);
    const waiting = idOf((await first.send({})).body);
    await first.whenJob(running, 'running');
    await Promise.all([first.stop(), first.stop()]);
    assertAtRest(paths);
    const second = openActor(t, { paths, settings: settingsOf('echo later'), slots: 1 });
    const ended = await second.job(running);
    assert.equal(ended.status, 'failed');
    assert.match(ended.error ?? '', /ended with the daemon or worker/);
    assert.deepEqual(readyOf(second).waiting, [{ jobId: waiting, counts: true }]);
    assert.equal((await second.whenJob(waiting)).runs[0]?.result, 'later');
  });

  test('that kills ends what runs and leaves what waits to the next one', async (t) => {
    const paths = makePaths(t);
    const first = openActor(t, { paths, settings: settingsOf('trap "" TERM; echo begin; sleep 30'), slots: 1 });
    const running = idOf((await first.send({})).body);
    const waiting = idOf((await first.send({})).body);
    await first.whenJob(running, 'running');
    await first.stop('kill');
    assertAtRest(paths);
    const second = openActor(t, { paths, settings: null, slots: 1 });
    assert.equal((await second.job(running)).status, 'killed');
    assert.deepEqual(readyOf(second).waiting, [{ jobId: waiting, counts: true }]);
    assert.equal((await second.job(waiting)).timeline.length, 1, 'it was never begun');
  });

  test('at any moment of a job leaves one that the next thread ends', async (t) => {
    for (const step of ['render', 'workspace', 'create', 'intent', 'start', 'started', 'output', 'ended'] as const) {
      const paths = makePaths(t);
      const reached = new Promise<void>((resolve) => {
        const first = openActor(t, {
          paths,
          settings: settingsOf('echo fine'),
          onStep: (_id, at) => {
            if (at === step) void first.stop().then(resolve);
          },
        });
        void first.send({}, { id: '11111111-1111-4111-8111-111111111111' });
      });
      await reached;
      assertAtRest(paths);
      const second = openActor(t, { paths, settings: settingsOf('echo fine') });
      const job = await second.whenJob('11111111');
      if (job.status !== 'done') assert.match(job.error ?? '', /ended with the daemon or worker/, step);
      if (['render', 'workspace', 'create'].includes(step)) assert.equal(job.status, 'done', step);
      await second.stop();
    }
  });
});

describe('a pylon whose agents are containers', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  /** Options of a pylon that runs `script` in busybox; its containers are removed after the test. */
  function docker(t: TestContext, script: string, timeout = '1m'): OpenOptions & { settings: PylonSettings } {
    const paths = makePaths(t);
    const homeId = randomUUID();
    t.after(() => removeHomeFromEngine(engineAddress(process.env), homeId));
    const base = settingsOf(script, { engine: 'docker' });
    const settings = { ...base, agent: { ...base.agent, image: busyboxImage, timeout } };
    return { paths, homeId, settings, engine: engineAddress(process.env) };
  }

  const containers = ({ homeId }: OpenOptions): string[] =>
    execFileSync('docker', ['ps', '-aq', '--filter', `label=pylon.home=${homeId}`], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '');

  test('takes a run that ended by itself for what it came to, also past its time limit', async (t) => {
    const options = docker(t, 'sleep 1; echo the result', '3s');
    const first = openActor(t, options);
    const id = idOf((await first.send({})).body);
    await first.whenJob(id, 'running');
    await first.stop();
    await pause(3_500);
    const second = openActor(t, options);
    const job = await second.whenJob(id);
    assert.deepEqual([job.status, job.runs[0]?.result], ['done', 'the result']);
    await second.stop();
    assert.deepEqual(containers(options), []);
  });

  test('stops a run that is past its time limit by the time it is found', async (t) => {
    const options = docker(t, 'echo begin; sleep 60', '2s');
    const first = openActor(t, options);
    const id = idOf((await first.send({})).body);
    await first.whenJob(id, 'running');
    await first.stop();
    await pause(2_000);
    const second = openActor(t, options);
    const job = await second.whenJob(id);
    assert.deepEqual([job.status, job.runs[0]?.result], ['timeout', 'begin']);
  });

  test('goes on with a run whose settings and variables are gone, and fails one that needs them', async (t) => {
    const options = docker(t, 'sleep 1; echo the result');
    const settings: PylonSettings = {
      ...options.settings,
      trigger: { type: 'webhook', path: '/x' },
      channel: { type: 'webhook', approval: false, webhook: { url: 'http://127.0.0.1:9/secret-path' } },
    };
    const env = { ...settings.agent.env, TOKEN: '${GOES_AWAY}' };
    const first = openActor(t, {
      ...options,
      settings: { ...settings, agent: { ...settings.agent, env } },
      variables: { process: { GOES_AWAY: 'for now' }, home: {} },
      slots: 1,
    });
    const running = idOf((await first.send({})).body);
    const waiting = idOf((await first.send({})).body);
    await first.whenJob(running, 'running');
    await first.stop();
    const second = openActor(t, {
      ...options,
      settings: { ...options.settings, agent: { ...options.settings.agent, env } },
      slots: 1,
    });
    assert.equal((await second.whenJob(running)).runs[0]?.result, 'the result');
    const failed = await second.whenJob(waiting);
    assert.equal(failed.status, 'failed');
    assert.match(failed.error ?? '', /GOES_AWAY/);
  });

  test('stops in time and at rest while the engine hangs, with a kill under way', async (t) => {
    const proxy = await startEngineProxy();
    t.after(() => proxy.close());
    const options = docker(t, 'sleep 60');
    const engine: EngineAddress = { kind: 'docker', socketPath: proxy.host.replace('unix://', '') };
    const first = openActor(t, { ...options, engine, clock: hurriedClock(10) });
    const id = idOf((await first.send({})).body);
    await first.whenJob(id, 'running');
    await proxy.become('hanging');
    const killed = first.ask({ kind: 'kill', jobId: id }).catch((error: unknown) => error);
    const before = Date.now();
    await first.stop('kill');
    assert.ok(Date.now() - before < 4_000, `${Date.now() - before} ms`);
    assertAtRest(options.paths);
    await killed;
    await proxy.become('there');
    const second = openActor(t, options);
    assert.equal((await second.job(id)).status, 'running');
    await second.ask({ kind: 'kill', jobId: id });
    assert.equal((await second.job(id)).status, 'killed');
  });

  test('keeps the slot of an ended job until its container is removed', async (t) => {
    const options = docker(t, 'sleep 60');
    const first = openActor(t, options);
    const id = idOf((await first.send({})).body);
    await first.whenJob(id, 'running');
    await first.stop();
    inStore(options.paths, (store) => changeStatus(store, id, 'failed', Date.now()));
    const second = openActor(t, { ...options, slots: 1 });
    assert.deepEqual(readyOf(second).removing, [id]);
    assert.deepEqual(readyOf(second).holding, []);
    const next = idOf((await second.send({})).body);
    assert.equal((await second.job(next)).status, 'queued', 'one container at a time');
    await second.whenJob(next, 'running');
    assert.equal(containers(options).length, 1);
    await second.stop('kill');
    assert.deepEqual(inStore(options.paths, endedWithContainer), []);
    assert.deepEqual(containers(options), []);
  });

  test('gives a job up in whose step three threads died, and no other', async (t) => {
    const options = docker(t, 'sleep 60');
    const first = openActor(t, options);
    const [guilty, innocent] = [idOf((await first.send({})).body), idOf((await first.send({})).body)];
    for (const id of [guilty, innocent]) await first.whenJob(id, 'running');
    await first.stop();
    for (const death of [1, 2, 3]) {
      const next = openActor(t, { ...options, crash: { afterCrash: true, culprit: guilty } });
      assert.equal((await next.job(guilty)).status, death < 3 ? 'running' : 'failed');
      assert.equal((await next.job(innocent)).status, 'running');
      if (death < 3) {
        await next.stop();
        continue;
      }
      assert.match((await next.job(guilty)).error ?? '', /3 times/);
      assert.deepEqual(readyOf(next).removing, [guilty]);
      assert.deepEqual(readyOf(next).holding, [innocent]);
      await next.stop('kill');
    }
    assert.deepEqual(containers(options), []);
  });

  test('blames nobody for a request that was never stored', async (t) => {
    const options = docker(t, 'sleep 60');
    const first = openActor(t, options);
    const id = idOf((await first.send({})).body);
    await first.whenJob(id, 'running');
    await first.stop();
    for (let death = 1; death <= 4; death += 1) {
      const next = openActor(t, { ...options, crash: { afterCrash: true, culprit: randomUUID() } });
      assert.equal((await next.job(id)).status, 'running');
      await next.stop(death < 4 ? 'leave' : 'kill');
    }
  });
});
