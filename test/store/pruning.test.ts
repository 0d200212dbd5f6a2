import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeStatus } from '../../workers/store/change-status.ts';
import { expiredWorkspaces, noteWorkspaceRemoved } from '../../workers/store/expired-workspaces.ts';
import { findEvent } from '../../workers/store/find-event.ts';
import { findJob } from '../../workers/store/find-job.ts';
import { giveUpDelivery } from '../../workers/store/give-up-delivery.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { jobCounts } from '../../workers/store/job-counts.ts';
import { listJobs } from '../../workers/store/list-jobs.ts';
import { pruneJobs, trimRejected } from '../../workers/store/prune-jobs.ts';
import { queueDelivery } from '../../workers/store/queue-delivery.ts';
import { rememberEvent } from '../../workers/store/remember-event.ts';
import { number } from '../../workers/store/row.ts';
import type { Store } from '../../workers/store/store.ts';
import { transaction } from '../../workers/store/transaction.ts';
import { newJob, openTestStore } from './open-test-store.ts';

function endedJob(store: Store, endedAt: number): string {
  const job = newJob();
  insertJob(store, job);
  changeStatus(store, job.id, 'running', 1, { run: { prompt: 'p' } });
  changeStatus(store, job.id, 'done', endedAt);
  return job.id;
}

test('jobs that ended long ago go with everything that was theirs; younger and unfinished ones stay', (t) => {
  const store = openTestStore(t);
  const old = endedJob(store, 99);
  const young = endedJob(store, 100);
  const unfinished = newJob();
  insertJob(store, unfinished);
  giveUpDelivery(store, queueDelivery(store, { jobId: old, run: 1, event: 'e', message: '{}', at: 1 }), 2, 'no');
  assert.deepEqual(pruneJobs(store, 100), [old]);
  assert.equal(findJob(store, old), undefined);
  assert.deepEqual(
    listJobs(store, 10).map(({ id }) => id),
    [unfinished.id, young],
  );
  for (const table of ['requests', 'runs', 'run_texts', 'history', 'outbox']) {
    const [row] = store.all(`SELECT count(*) AS n FROM ${table} WHERE job NOT IN (SELECT seq FROM jobs)`);
    assert.equal(row && number(row, 'n'), 0, table);
  }
});

test('nothing is pruned where jobs are kept for ever', (t) => {
  const store = openTestStore(t);
  endedJob(store, 1);
  assert.deepEqual(pruneJobs(store, null), []);
  assert.equal(jobCounts(store).total, 1);
});

test('a job whose message still waits is not pruned', (t) => {
  const store = openTestStore(t);
  const id = endedJob(store, 1);
  const delivery = queueDelivery(store, { jobId: id, run: 1, event: 'e', message: '{}', at: 1 });
  assert.deepEqual(pruneJobs(store, 100), []);
  giveUpDelivery(store, delivery, 2, 'no');
  assert.deepEqual(pruneJobs(store, 100), [id]);
});

test('of the rejected jobs the newest 1,000 are kept, and the others are not touched', (t) => {
  const store = openTestStore(t);
  const done = endedJob(store, 1);
  const rejected = Array.from({ length: 1_005 }, () =>
    newJob({ status: 'rejected', payload: null, headers: {}, eventId: 'delivery' }),
  );
  transaction(store, () => {
    for (const job of rejected) insertJob(store, job);
  });
  rememberEvent(store, 'delivery', rejected[0]?.id ?? '', 1);
  assert.equal(trimRejected(store), 5);
  assert.equal(trimRejected(store), 0);
  assert.equal(jobCounts(store).total, 1_001);
  assert.equal(findJob(store, rejected[4]?.id ?? ''), undefined);
  assert.ok(findJob(store, rejected[5]?.id ?? ''));
  assert.ok(findJob(store, done));
  assert.deepEqual(findEvent(store, 'delivery', 0), { jobId: rejected[0]?.id, status: 'rejected' });
  assert.equal(trimRejected(store, 1), 999);
});

test('a workspace expires some time after its job has ended, until it was removed', (t) => {
  const store = openTestStore(t);
  const old = endedJob(store, 99);
  endedJob(store, 100);
  insertJob(store, newJob());
  insertJob(store, newJob({ status: 'rejected', createdAt: 1 }));
  const queued = newJob({ status: 'queued' });
  insertJob(store, queued);
  changeStatus(store, queued.id, 'killed', 1);
  assert.deepEqual(expiredWorkspaces(store, 100), [old]);
  assert.equal(findJob(store, old)?.hasWorkspace, true);
  noteWorkspaceRemoved(store, old);
  assert.deepEqual(expiredWorkspaces(store, 100), []);
  assert.equal(findJob(store, old)?.hasWorkspace, false);
});
