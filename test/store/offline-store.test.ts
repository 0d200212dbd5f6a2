import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';

import { lockDatabase } from '../../src/os-lock.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { listJobs } from '../../workers/store/list-jobs.ts';
import { withOfflineStore } from '../../workers/store/offline-store.ts';
import { newJob, testFile } from './open-test-store.ts';

test('jobs can be read while no daemon runs, and the file is plain and free afterwards', (t) => {
  const file = testFile(t);
  assert.ok(lockDatabase(file));
  const other = testFile(t);
  lockDatabase(other)?.release();
  const job = newJob();
  withOfflineStore(other, (store) => insertJob(store, job));
  assert.deepEqual(
    withOfflineStore(other, (store) => listJobs(store, 5).map(({ id }) => id)),
    [job.id],
  );
  assert.deepEqual(readdirSync(dirname(other)), ['jobs.db']);
  const lock = lockDatabase(other);
  assert.ok(lock);
  lock.release();
});

test('a database that somebody else has locked is refused, named, and not waited for', (t) => {
  const file = testFile(t);
  const lock = lockDatabase(file);
  assert.throws(() => withOfflineStore(file, () => assert.fail('it was opened')), {
    code: 'PYLON_DATABASE_LOCKED',
    message: new RegExp(file),
  });
  lock?.release();
});

test('a pylon that never ran has no jobs and gets no file', (t) => {
  const file = testFile(t);
  assert.deepEqual(
    withOfflineStore(file, (store) => listJobs(store, 5)),
    [],
  );
  assert.equal(existsSync(file), false);
});

test('the lock goes back also when the reading fails or the file is no file', (t) => {
  const file = testFile(t);
  lockDatabase(file)?.release();
  const own = new Error('own');
  const failing = (): never => {
    throw own;
  };
  assert.throws(() => withOfflineStore(file, failing), own);
  const lock = lockDatabase(file);
  assert.ok(lock);
  lock.release();
  const directory = testFile(t);
  mkdirSync(directory);
  assert.throws(() => withOfflineStore(directory, failing), { code: 'PYLON_DATABASE_UNUSABLE' });
});
