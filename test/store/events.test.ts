import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeStatus } from '../../workers/store/change-status.ts';
import { findEvent } from '../../workers/store/find-event.ts';
import { forgetEvents } from '../../workers/store/forget-events.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { pruneJobs } from '../../workers/store/prune-jobs.ts';
import { rememberEvent } from '../../workers/store/remember-event.ts';
import { newJob, openTestStore } from './open-test-store.ts';

test('a delivery id leads to its job and the status that has now', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  rememberEvent(store, 'delivery', job.id, 100);
  assert.deepEqual(findEvent(store, 'delivery', 100), { jobId: job.id, status: 'pending' });
  changeStatus(store, job.id, 'failed', 200);
  assert.deepEqual(findEvent(store, 'delivery', 0), { jobId: job.id, status: 'failed' });
  assert.equal(findEvent(store, 'delivery', 101), undefined);
  assert.equal(findEvent(store, 'another', 0), undefined);
});

test('a new job takes a delivery id over, with a new age', (t) => {
  const store = openTestStore(t);
  const [first, second] = [newJob(), newJob()];
  insertJob(store, first);
  insertJob(store, second);
  rememberEvent(store, 'delivery', first.id, 100);
  rememberEvent(store, 'delivery', second.id, 200);
  assert.deepEqual(findEvent(store, 'delivery', 150), { jobId: second.id, status: 'pending' });
});

test('a delivery id outlives its job', (t) => {
  const store = openTestStore(t);
  const job = newJob({ eventId: 'delivery' });
  insertJob(store, job);
  rememberEvent(store, 'delivery', job.id, 100);
  changeStatus(store, job.id, 'killed', 200);
  pruneJobs(store, 201);
  assert.deepEqual(findEvent(store, 'delivery', 100), { jobId: job.id, status: 'killed' });
});

test('old delivery ids are forgotten and younger ones are not', (t) => {
  const store = openTestStore(t);
  const job = newJob();
  insertJob(store, job);
  rememberEvent(store, 'old', job.id, 99);
  rememberEvent(store, 'young', job.id, 100);
  forgetEvents(store, 100);
  assert.equal(findEvent(store, 'old', 0), undefined);
  assert.equal(findEvent(store, 'young', 0)?.jobId, job.id);
});
