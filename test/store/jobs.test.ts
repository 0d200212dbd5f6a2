import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PylonSettings } from '../../src/protocol/settings.ts';
import { addNote } from '../../workers/store/add-note.ts';
import { changeStatus } from '../../workers/store/change-status.ts';
import { countDeath } from '../../workers/store/count-death.ts';
import { findJob } from '../../workers/store/find-job.ts';
import { findRun } from '../../workers/store/find-run.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { jobDetail } from '../../workers/store/job-detail.ts';
import { getMeta, setMeta } from '../../workers/store/meta.ts';
import { unfinishedJobs } from '../../workers/store/unfinished-jobs.ts';
import { updateRun } from '../../workers/store/update-run.ts';
import { newJob, openTestStore } from './open-test-store.ts';

const internal = { code: 'PYLON_INTERNAL' };

test('a stored job comes back as it was given, with its first run and a history', (t) => {
  const store = openTestStore(t);
  const job = newJob({
    eventId: 'delivery-1',
    parent: 'an-earlier-job',
    scheduledAt: 5,
    countsAsQueued: true,
    status: 'queued',
  });
  insertJob(store, job);
  assert.deepEqual({ ...findJob(store, job.id) }, { ...job, run: 1, deaths: 0, hasWorkspace: false });
  assert.equal(findRun(store, job.id, 1)?.status, 'queued');
  assert.deepEqual(jobDetail(store, job.id)?.timeline, [
    { at: '2026-01-02T03:04:05.678Z', run: 1, status: 'queued', note: null },
  ]);
});

test('a rejected job has ended when it is made and says why', (t) => {
  const store = openTestStore(t);
  const job = newJob({ status: 'rejected', payload: null, headers: {}, error: 'All 3 slots are taken.' });
  insertJob(store, job);
  assert.deepEqual({ ...findJob(store, job.id) }, { ...job, run: 1, deaths: 0, hasWorkspace: false });
  assert.equal(findRun(store, job.id, 1)?.endedAt, job.createdAt);
  assert.equal(jobDetail(store, job.id)?.timeline[0]?.note, 'All 3 slots are taken.');
  assert.deepEqual(unfinishedJobs(store), []);
});

test('an id is given once, and the second job of that id leaves nothing behind', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  assert.throws(() => insertJob(store, { ...job, payload: 'other' }), internal);
  assert.equal(findJob(store, job.id)?.payload, job.payload);
  assert.equal(jobDetail(store, job.id)?.timeline.length, 1);
});

test('unknown jobs and runs are undefined when asked for and a fault when changed', (t) => {
  const store = openTestStore(t);
  const { id } = newJob();
  assert.equal(findJob(store, id), undefined);
  assert.equal(findRun(store, id, 1), undefined);
  assert.equal(jobDetail(store, id), undefined);
  for (const change of [
    () => changeStatus(store, id, 'queued', 1),
    () => updateRun(store, id, 1, {}),
    () => addNote(store, id, 1, 1, 'a note'),
    () => countDeath(store, id),
  ]) {
    assert.throws(change, internal);
  }
  const known = newJob();
  insertJob(store, known);
  assert.throws(() => updateRun(store, known.id, 2, { error: 'x' }), internal);
});

test('a change of status stamps the run and keeps what it brings', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  changeStatus(store, job.id, 'running', 2_000, { run: { containerId: 'c1', intentAt: 1_500 }, note: 'started' });
  const ended = changeStatus(store, job.id, 'failed', 9_000, {
    run: { exitCode: 3, error: 'It exited with 3.', costUsd: 0.25 },
  });
  assert.equal(ended.status, 'failed');
  assert.equal(ended.error, 'It exited with 3.');
  const run = findRun(store, job.id, 1);
  assert.deepEqual(
    [run?.status, run?.intentAt, run?.startedAt, run?.endedAt, run?.containerId, run?.exitCode, run?.costUsd],
    ['failed', 1_500, 2_000, 9_000, 'c1', 3, 0.25],
  );
  assert.deepEqual(
    jobDetail(store, job.id)?.timeline.map(({ status, note }) => [status, note]),
    [
      ['pending', null],
      ['running', 'started'],
      ['failed', null],
    ],
  );
});

test('times of a run that are known already are not overwritten by those of the change', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  changeStatus(store, job.id, 'running', 2_000, { run: { startedAt: 1_900 } });
  updateRun(store, job.id, 1, { endedAt: 5_000 });
  changeStatus(store, job.id, 'done', 9_000);
  const run = findRun(store, job.id, 1);
  assert.deepEqual([run?.startedAt, run?.endedAt], [1_900, 5_000]);
});

test('every value of a run can be set, and set back to nothing', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  const settings = { name: 'demo', engine: 'docker' } as PylonSettings;
  const values = {
    settings,
    repo: 'https://example.com/r.git',
    ref: 'main',
    commit: 'abc',
    prompt: 'Do it',
    topic: 'T',
    message: 'M',
    deadlineAt: 1,
    intentAt: 2,
    containerId: 'c',
    startedAt: 3,
    endedAt: 4,
    exitCode: 5,
    result: 'fine',
    error: 'bad',
    costUsd: 0.5,
    sessionId: 's',
  };
  updateRun(store, job.id, 1, values);
  assert.deepEqual(findRun(store, job.id, 1), { jobId: job.id, run: 1, status: 'pending', ...values });
  updateRun(store, job.id, 1, { prompt: 'Do it well' });
  assert.deepEqual([findRun(store, job.id, 1)?.prompt, findRun(store, job.id, 1)?.result], ['Do it well', 'fine']);
  const nothing = Object.fromEntries(Object.keys(values).map((key) => [key, null]));
  updateRun(store, job.id, 1, nothing);
  assert.deepEqual(findRun(store, job.id, 1), { jobId: job.id, run: 1, status: 'pending', ...nothing });
});

test('a follow-up is a new run of an ended job and leaves the earlier one as it was', (t) => {
  const store = openTestStore(t);
  const job = newJob({ countsAsQueued: true });
  insertJob(store, job);
  changeStatus(store, job.id, 'failed', 10, { run: { error: 'first' } });
  const again = changeStatus(store, job.id, 'queued', 20, { newRun: true });
  assert.deepEqual([again.run, again.status, again.error, again.countsAsQueued], [2, 'queued', null, false]);
  assert.deepEqual(
    unfinishedJobs(store).map(({ id }) => id),
    [job.id],
  );
  changeStatus(store, job.id, 'pending', 30);
  changeStatus(store, job.id, 'running', 40);
  changeStatus(store, job.id, 'done', 50, { run: { result: 'second' } });
  assert.deepEqual([findRun(store, job.id, 1)?.error, findRun(store, job.id, 1)?.status], ['first', 'failed']);
  assert.deepEqual([findRun(store, job.id, 2)?.result, findRun(store, job.id, 2)?.status], ['second', 'done']);
  assert.equal(findRun(store, job.id, 3), undefined);
});

test('deaths are counted until the status changes', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  assert.deepEqual([countDeath(store, job.id), countDeath(store, job.id)], [1, 2]);
  assert.equal(findJob(store, job.id)?.deaths, 2);
  assert.equal(changeStatus(store, job.id, 'running', 1).deaths, 0);
  assert.equal(countDeath(store, job.id), 1);
});

test('unfinished jobs come oldest first, in the order in which they were stored', (t) => {
  const store = openTestStore(t);
  const jobs = (['queued', 'rejected', 'awaiting_approval', 'pending'] as const).map((status) =>
    newJob({ status, createdAt: 7 }),
  );
  for (const job of jobs) insertJob(store, job);
  assert.deepEqual(
    unfinishedJobs(store).map(({ status }) => status),
    ['queued', 'awaiting_approval', 'pending'],
  );
});

test('a note is shown in its place in the timeline', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  addNote(store, job.id, 1, 99, 'the engine is silent');
  changeStatus(store, job.id, 'failed', 100);
  assert.deepEqual(jobDetail(store, job.id)?.timeline[1], {
    at: '1970-01-01T00:00:00.099Z',
    run: 1,
    status: null,
    note: 'the engine is silent',
  });
});

test('a result of 1 MiB and a payload of 5 MB come back whole', (t) => {
  const store = openTestStore(t);
  const job = newJob({ payload: JSON.stringify('é'.repeat(2_500_000)) });
  insertJob(store, job);
  const result = 'ü€𝄞'.repeat(116_508);
  changeStatus(store, job.id, 'failed', 1, { run: { result } });
  assert.ok(findJob(store, job.id)?.payload === job.payload);
  assert.ok(jobDetail(store, job.id)?.runs[0]?.result === result);
});

test('text that SQLite cannot hold is kept whole but for the character it cannot hold', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  updateRun(store, job.id, 1, { result: 'before\0after \ud800 \udc00 𝄞' });
  assert.equal(findRun(store, job.id, 1)?.result, 'before\ufffdafter \ufffd \ufffd 𝄞');
});

test('a pylon keeps values about itself', (t) => {
  const store = openTestStore(t);
  assert.equal(getMeta(store, 'last'), undefined);
  setMeta(store, 'last', '1');
  setMeta(store, 'last', '2');
  assert.equal(getMeta(store, 'last'), '2');
});
