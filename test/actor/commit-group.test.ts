import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { makeCommitGroup } from '../../workers/actor/commit-group.ts';
import { jobCounts } from '../../workers/store/job-counts.ts';
import { findJob } from '../../workers/store/find-job.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { newJob, openTestStore } from '../store/open-test-store.ts';

describe('writes that arrive together', () => {
  test('are one transaction, and resolve with what each gave', async (t) => {
    const store = openTestStore(t);
    const group = makeCommitGroup(store);
    const seen: boolean[] = [];
    const results = await Promise.all(
      [1, 2, 3].map((number) =>
        group.add(() => {
          seen.push(store.inTransaction);
          insertJob(store, newJob());
          return number * 10;
        }),
      ),
    );
    assert.deepEqual(results, [10, 20, 30]);
    assert.deepEqual(seen, [true, true, true]);
    assert.equal(jobCounts(store).total, 3);
  });

  test('are stored all the same where one among them fails, of which nothing is', async (t) => {
    const store = openTestStore(t);
    const group = makeCommitGroup(store);
    const [good, half] = [newJob(), newJob()];
    const results = await Promise.allSettled([
      group.add(() => insertJob(store, good)),
      group.add(() => {
        insertJob(store, half);
        throw new Error('changed my mind');
      }),
      group.add(() => insertJob(store, newJob({ id: good.id }))),
      group.add(() => insertJob(store, newJob())),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    );
    assert.equal(findJob(store, half.id), undefined);
    assert.equal(jobCounts(store).total, 2);
    assert.equal(store.inTransaction, false);
    await group.add(() => insertJob(store, newJob()));
    assert.equal(jobCounts(store).total, 3);
  });

  test('are refused, each, once the store is closed', async (t) => {
    const store = openTestStore(t);
    const group = makeCommitGroup(store);
    const waiting = [1, 2].map(() => group.add(() => insertJob(store, newJob())));
    store.close();
    for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected');
  });
});
