/** What a pylon removes by itself, and what it never does. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import type { PylonPaths } from '../../src/protocol/messages.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import { changeStatus } from '../../workers/store/change-status.ts';
import { findJob } from '../../workers/store/find-job.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { openStore } from '../../workers/store/open-store.ts';
import { newJob } from '../store/open-test-store.ts';
import { until } from '../support/daemon.ts';
import { makePaths, openActor, settingsOf } from './open-actor.ts';

const day = 86_400_000;
const jobs = (keep: string, workspaces: string): Partial<PylonSettings> => ({
  jobs: { keep, keep_workspaces: workspaces },
});

/** Jobs that ended so long ago, with a workspace each. */
function endedJobs(paths: PylonPaths, agesMs: readonly number[]): string[] {
  const store = openStore(paths.database);
  const ids = agesMs.map((age) => {
    const job = newJob({ createdAt: Date.now() - age });
    insertJob(store, job);
    changeStatus(store, job.id, 'running', job.createdAt);
    changeStatus(store, job.id, 'done', job.createdAt);
    for (const part of ['workspace', 'home']) mkdirSync(path.join(paths.jobs, job.id, part), { recursive: true });
    writeFileSync(path.join(paths.jobs, job.id, 'agent.log'), 'output');
    return job.id;
  });
  store.close();
  return ids;
}

function hasJob(paths: PylonPaths, id: string): boolean {
  const store = openStore(paths.database);
  try {
    return findJob(store, id) !== undefined;
  } finally {
    store.close();
  }
}

const gone = (what: string, file: string): Promise<true> =>
  until(`${what} is gone`, () => (existsSync(file) ? undefined : true));

/** Makes `directory` one that cannot be removed while `work` goes on. */
async function pinned(directory: string, work: () => Promise<void>): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]);
  try {
    await work();
  } finally {
    execFileSync('umount', ['--lazy', directory]);
  }
}

const options = { skip: process.getuid?.() === 0 ? false : 'needs to mount something, which only root may' };

describe('housekeeping', () => {
  test('removes rows, workspaces and homes when their time is over', async (t) => {
    const paths = makePaths(t);
    const [ancient = '', old = '', young = ''] = endedJobs(paths, [3 * day, day, 1_000]);
    const actor = openActor(t, { paths, settings: settingsOf('echo', jobs('2d', '1h')) });
    const at = (id: string, ...rest: string[]): string => path.join(paths.jobs, id, ...rest);
    await gone('the oldest', at(ancient));
    await gone('the workspace', at(old, 'workspace'));
    await gone('the home', at(old, 'home'));
    assert.ok(existsSync(at(old, 'agent.log')));
    assert.ok(existsSync(at(young, 'workspace')));
    await actor.stop();
    assert.deepEqual(
      [ancient, old, young].map((id) => hasJob(paths, id)),
      [false, true, true],
    );
  });

  test('is not kept from the rest by what cannot be removed', options, async (t) => {
    const paths = makePaths(t);
    const [stuck = '', free = ''] = endedJobs(paths, [2 * day, day]);
    await pinned(path.join(paths.jobs, stuck, 'workspace'), async () => {
      const { sent, stop } = openActor(t, { paths, settings: settingsOf('echo', jobs('forever', '1h')) });
      await gone('the other workspace', path.join(paths.jobs, free, 'workspace'));
      assert.ok(sent.some((each) => each.type === 'log' && each.line.message.includes(stuck)));
      await stop();
    });
  });

  test('touches nothing where it is not known how long things are to be kept', async (t) => {
    const paths = makePaths(t);
    const [old = ''] = endedJobs(paths, [365 * day]);
    const { stop } = openActor(t, { paths, settings: null });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await stop();
    assert.ok(hasJob(paths, old));
    assert.ok(existsSync(path.join(paths.jobs, old, 'workspace')));
  });

  test('removes directories of jobs that are none, after an hour, and no others', async (t) => {
    const paths = makePaths(t);
    const stranger = path.join(paths.jobs, randomUUID());
    const notes = path.join(paths.jobs, 'my-notes');
    for (const each of [stranger, notes]) mkdirSync(each, { recursive: true });
    const young = openActor(t, { paths, settings: settingsOf('echo') });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await young.stop();
    assert.ok(existsSync(stranger));
    // What counts is when the system says that it was last changed, which no test can set.
    const clock = { now: () => Date.now() + 2 * 3_600_000, after: () => ({ cancel: () => undefined }) };
    openActor(t, { paths, settings: settingsOf('echo'), clock });
    await gone('the stranger', stranger);
    assert.ok(existsSync(notes));
  });
});
