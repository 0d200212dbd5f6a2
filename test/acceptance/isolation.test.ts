/** Pylons of a home share its slots, and nothing that one of them does keeps another from its own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { JobListing } from '../../src/protocol/job.ts';
import { startDaemon, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { shellPylon } from '../support/home.ts';
import type { TestHome } from '../support/home.ts';
import { withHome } from '../support/remove-home.ts';

/** As plain processes: whose turn it is does not depend on where agents run. */
function configure(home: TestHome, slots: number): void {
  home.config(
    `engine: process\ndocker: { min_free_disk: 10mb, max_concurrent: ${slots}, on_full: queue, max_queued: 2000 }\n`,
  );
}

const pylon = (name: string, script: string, more = ''): string =>
  shellPylon(name, script, more).replace(/ {2}(image|network): .*\n/g, '');

async function send(daemon: Daemon, name: string): Promise<string> {
  const { status, body } = await daemon.send(`/${name}`);
  assert.equal(status, 202, JSON.stringify(body));
  return body.job_id ?? '';
}

/** Jobs of `name` that started after `from` and before `until`. */
async function startedBetween(daemon: Daemon, name: string, from: string, until: string): Promise<JobListing[]> {
  const jobs = await daemon.control.jobs({ pylon: name, status: null, limit: 1_000 });
  return jobs.filter(({ started_at: at }) => at !== null && at > from && at < until);
}

describe('with on_full: queue', { concurrency: 1 }, () => {
  test('a pylon with a thousand waiting jobs delays another’s single one by no more than a slot’s turn', async () => {
    await withHome(async (home) => {
      configure(home, 1);
      home.pylon('crowd', pylon('crowd', 'sleep 0.2'));
      home.pylon('other', pylon('other', 'echo fine'));
      const daemon = await startDaemon(home.home);
      for (let sent = 0; sent < 1_000; sent += 50)
        await Promise.all(Array.from({ length: 50 }, () => send(daemon, 'crowd')));
      assert.ok((await daemon.control.status()).slots.waiting > 900, 'the crowd waits');
      for (let turn = 0; turn < 3; turn += 1) {
        const job = await untilJob(daemon, await send(daemon, 'other'));
        assert.equal(job.status, 'done', job.error ?? '');
        const before = await startedBetween(daemon, 'crowd', job.created_at, job.started_at ?? '');
        // One may have got the slot at the very moment in which the other's event came.
        assert.ok(before.length <= 1, `${before.length} of the crowd went first`);
      }
      assert.equal(await daemon.end(), 0);
    });
  });

  test('pylons that all have waiting jobs take turns, each in the order of its events', async () => {
    await withHome(async (home) => {
      configure(home, 1);
      const names = ['one', 'two', 'three'];
      for (const name of names) home.pylon(name, pylon(name, 'sleep 0.05'));
      const daemon = await startDaemon(home.home);
      const ids: string[] = [];
      // One pylon after the other, so that the first to come has them all before the last has any.
      for (const name of names) for (let event = 0; event < 8; event += 1) ids.push(await send(daemon, name));
      for (const id of ids) assert.equal((await untilJob(daemon, id)).status, 'done');
      const jobs = await daemon.control.jobs({ pylon: null, status: null, limit: 100 });
      const inOrder = jobs.toSorted((left, right) => ((left.started_at ?? '') < (right.started_at ?? '') ? -1 : 1));
      for (const name of names) {
        const own = inOrder.filter((job) => job.pylon === name).map(({ id }) => id);
        assert.deepEqual(
          own,
          ids.filter((id) => own.includes(id)),
          `${name} ran in order`,
        );
      }
      // Once the last one's events had come, until the first one's were done, nobody had two turns in a row.
      const lastCame = jobs.filter(({ pylon: name }) => name === 'three').map(({ created_at: at }) => at);
      const shared = inOrder.filter(({ started_at: at }) => (at ?? '') > (lastCame.toSorted()[0] ?? ''));
      const firstDone = shared.findLastIndex(({ pylon: name }) => name === 'one');
      const turns = shared.slice(0, firstDone + 1).map(({ pylon: name }) => name);
      const repeats = turns.filter((name, turn) => turn > 0 && turns[turn - 1] === name);
      assert.ok(repeats.length <= 1, turns.join(' '));
      assert.equal(await daemon.end(), 0);
    });
  });

  test('a pylon whose own limit is reached leaves the free slots to others', async () => {
    await withHome(async (home) => {
      configure(home, 2);
      home.pylon('held', pylon('held', 'sleep 60', 'limits: { max_concurrent: 1 }\n'));
      home.pylon('other', pylon('other', 'echo fine'));
      const daemon = await startDaemon(home.home);
      for (let event = 0; event < 50; event += 1) await send(daemon, 'held');
      for (let event = 0; event < 3; event += 1) {
        const { status, error } = await untilJob(daemon, await send(daemon, 'other'));
        assert.equal(status, 'done', error ?? '');
      }
      const { slots } = await daemon.control.status();
      assert.deepEqual([slots.taken, slots.waiting], [1, 49]);
      assert.equal(await daemon.end(), 0);
    });
  });
});
