import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeStatus } from '../../workers/store/change-status.ts';
import { expiredWorkspaces } from '../../workers/store/expired-workspaces.ts';
import { findEvent } from '../../workers/store/find-event.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { jobCounts } from '../../workers/store/job-counts.ts';
import { jobDetail } from '../../workers/store/job-detail.ts';
import { jobIdsWithPrefix } from '../../workers/store/job-ids-with-prefix.ts';
import { jobListing, listJobs } from '../../workers/store/list-jobs.ts';
import { pruneJobs } from '../../workers/store/prune-jobs.ts';
import { queueDelivery } from '../../workers/store/queue-delivery.ts';
import { text } from '../../workers/store/row.ts';
import { transaction } from '../../workers/store/transaction.ts';
import { unfinishedJobs } from '../../workers/store/unfinished-jobs.ts';
import { newJob, openTestStore } from './open-test-store.ts';

test('a listing has RFC 3339 times in UTC and null for what is not there', (t) => {
  const store = openTestStore(t);
  const job = newJob({ parent: 'p' });
  insertJob(store, job);
  const fresh = {
    id: job.id,
    pylon: 'demo',
    status: 'pending',
    trigger: 'webhook',
    run: 1,
    created_at: '2026-01-02T03:04:05.678Z',
    started_at: null,
    ended_at: null,
    duration_ms: null,
    cost_usd: null,
    error: null,
    parent: 'p',
  };
  assert.deepEqual(jobListing(store, job.id), fresh);
  changeStatus(store, job.id, 'running', job.createdAt + 1_000);
  changeStatus(store, job.id, 'failed', job.createdAt + 3_500, { run: { error: 'It broke.', costUsd: 1.5 } });
  assert.deepEqual(jobListing(store, job.id), {
    ...fresh,
    status: 'failed',
    started_at: '2026-01-02T03:04:06.678Z',
    ended_at: '2026-01-02T03:04:09.178Z',
    duration_ms: 2_500,
    cost_usd: 1.5,
    error: 'It broke.',
  });
  assert.equal(jobListing(store, 'nobody'), undefined);
});

test('a job that never started has no duration, and one that a set-back clock ended early has none below zero', (t) => {
  const store = openTestStore(t);
  const [idle, odd] = [newJob(), newJob()];
  insertJob(store, idle);
  insertJob(store, odd);
  changeStatus(store, idle.id, 'killed', 5_000);
  changeStatus(store, odd.id, 'running', 5_000);
  changeStatus(store, odd.id, 'done', 4_000);
  assert.equal(jobListing(store, idle.id)?.duration_ms, null);
  assert.equal(jobListing(store, odd.id)?.duration_ms, 0);
});

test('jobs are listed newest first, whatever the clock said, and no more than asked for', (t) => {
  const store = openTestStore(t);
  const jobs = [30, 10, 20].map((createdAt) => newJob({ createdAt }));
  for (const job of jobs) insertJob(store, job);
  const ids = jobs.map(({ id }) => id).toReversed();
  assert.deepEqual(
    listJobs(store, 10).map(({ id }) => id),
    ids,
  );
  assert.deepEqual(
    listJobs(store, 2).map(({ id }) => id),
    ids.slice(0, 2),
  );
  assert.deepEqual(listJobs(store, 0), []);
});

test('the detail of a job has its runs, timeline, deliveries and payload', (t) => {
  const store = openTestStore(t);
  const job = newJob({ payload: '{"a":1}' });
  insertJob(store, job);
  changeStatus(store, job.id, 'running', 1, { run: { repo: 'r', ref: 'main', commit: 'c', prompt: 'p' } });
  changeStatus(store, job.id, 'done', 2, { run: { result: 'fine', exitCode: 0, costUsd: 2 } });
  queueDelivery(store, { jobId: job.id, run: 1, event: 'job.ended', message: '{}', at: 2 });
  const detail = jobDetail(store, job.id);
  assert.deepEqual(detail?.runs, [
    {
      run: 1,
      status: 'done',
      started_at: '1970-01-01T00:00:00.001Z',
      ended_at: '1970-01-01T00:00:00.002Z',
      repo: 'r',
      ref: 'main',
      commit: 'c',
      prompt: 'p',
      result: 'fine',
      exit_code: 0,
      cost_usd: 2,
      error: null,
    },
  ]);
  assert.deepEqual(
    detail?.timeline.map(({ status }) => status),
    ['pending', 'running', 'done'],
  );
  assert.deepEqual(detail?.deliveries, [
    { run: 1, event: 'job.ended', state: 'waiting', attempts: 0, next_at: '1970-01-01T00:00:00.002Z', error: null },
  ]);
  assert.equal(detail?.payload, '{"a":1}');
  assert.equal(detail?.status, 'done');
});

test('a prefix means its own characters only', (t) => {
  const store = openTestStore(t);
  const ids = ['a%b-1', 'a%b-2', 'a_b-1', 'axb-1', 'a-1', '\u{10fffe}z'];
  for (const id of ids) insertJob(store, newJob({ id }));
  assert.deepEqual(jobIdsWithPrefix(store, 'a%', 10), ['a%b-1', 'a%b-2']);
  assert.deepEqual(jobIdsWithPrefix(store, 'a_', 10), ['a_b-1']);
  assert.deepEqual(jobIdsWithPrefix(store, 'a%b-2', 10), ['a%b-2']);
  assert.deepEqual(jobIdsWithPrefix(store, 'A', 10), []);
  assert.deepEqual(jobIdsWithPrefix(store, "a'", 10), []);
  assert.deepEqual(jobIdsWithPrefix(store, 'a', 2), ['a%b-1', 'a%b-2']);
  assert.equal(jobIdsWithPrefix(store, '', 10).length, ids.length);
});

test('the counts follow every change, also one that was taken back', (t) => {
  const store = openTestStore(t);
  assert.deepEqual(jobCounts(store), { unfinished: 0, running: 0, total: 0, last: null });
  const [first, second, third] = [newJob(), newJob({ status: 'queued' }), newJob({ status: 'rejected' })];
  for (const job of [first, second, third]) insertJob(store, job);
  changeStatus(store, first.id, 'running', 1);
  const counts = { unfinished: 2, running: 1, total: 3, last: jobListing(store, third.id) };
  assert.deepEqual(jobCounts(store), counts);
  assert.throws(() =>
    transaction(store, () => {
      insertJob(store, newJob());
      changeStatus(store, first.id, 'done', 2);
      throw new Error('taken back');
    }),
  );
  assert.deepEqual(jobCounts(store), counts);
  changeStatus(store, first.id, 'done', 3);
  assert.deepEqual(pruneJobs(store, 4), [first.id]);
  assert.deepEqual(jobCounts(store), { ...counts, unfinished: 1, running: 0, total: 2 });
});

test('no question that is asked often reads through all jobs', (t) => {
  const store = openTestStore(t);
  const asked: string[] = [];
  const all = store.all.bind(store);
  store.all = (sql, values) => {
    const plan = all(`EXPLAIN QUERY PLAN ${sql}`, values);
    asked.push(...plan.map((row) => `${text(row, 'detail')} :: ${sql}`));
    return all(sql, values);
  };
  const job = newJob();
  insertJob(store, job);
  changeStatus(store, job.id, 'running', 1);
  jobCounts(store);
  jobDetail(store, job.id);
  jobIdsWithPrefix(store, 'a', 1);
  pruneJobs(store, 1);
  unfinishedJobs(store);
  expiredWorkspaces(store, 1);
  findEvent(store, 'e', 1);
  assert.ok(asked.length > 20);
  // Ten rows; an index that holds the unfinished alone; the newest by number, where the limit ends it.
  const short = /^SCAN (status_counts|jobs USING INDEX jobs_unfinished|jobs :: [^]*ORDER BY jobs\.seq DESC LIMIT)/;
  const scans = asked.filter((line) => line.startsWith('SCAN') && !short.test(line));
  assert.deepEqual(scans, []);
});
