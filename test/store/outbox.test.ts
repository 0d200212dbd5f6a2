import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dueDeliveries, nextDeliveryAt } from '../../workers/store/due-deliveries.ts';
import { giveUpDelivery } from '../../workers/store/give-up-delivery.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { jobDetail } from '../../workers/store/job-detail.ts';
import { noteDelivered } from '../../workers/store/note-delivered.ts';
import { noteDeliveryFailed } from '../../workers/store/note-delivery-failed.ts';
import { queueDelivery } from '../../workers/store/queue-delivery.ts';
import type { Store } from '../../workers/store/store.ts';
import { newJob, openTestStore } from './open-test-store.ts';

function jobWith(store: Store, ...events: readonly string[]): { jobId: string; ids: number[] } {
  const job = newJob();
  insertJob(store, job);
  const ids = events.map((event) =>
    queueDelivery(store, { jobId: job.id, run: 1, event, message: `{"event":"${event}"}`, at: 100 }),
  );
  return { jobId: job.id, ids };
}

const events = (store: Store, now: number): string[] => dueDeliveries(store, now).map(({ event }) => event);

test('a message is due from the moment it was queued, as it was given', (t) => {
  const store = openTestStore(t);
  assert.equal(nextDeliveryAt(store), null);
  const { jobId, ids } = jobWith(store, 'job.started');
  assert.deepEqual(dueDeliveries(store, 99), []);
  assert.equal(nextDeliveryAt(store), 100);
  assert.deepEqual(dueDeliveries(store, 100), [
    {
      id: ids[0],
      jobId,
      run: 1,
      event: 'job.started',
      message: '{"event":"job.started"}',
      createdAt: 100,
      attempts: 0,
      nextAt: 100,
    },
  ]);
});

test('of each job only its first waiting message is due', (t) => {
  const store = openTestStore(t);
  const { ids } = jobWith(store, 'a1', 'a2');
  jobWith(store, 'b1', 'b2');
  assert.deepEqual(events(store, 100), ['a1', 'b1']);
  noteDelivered(store, ids[0] ?? 0, 110);
  assert.deepEqual(events(store, 110), ['a2', 'b1']);
});

test('a message that failed holds back the later ones of its job, and nobody else', (t) => {
  const store = openTestStore(t);
  const { jobId, ids } = jobWith(store, 'a1', 'a2');
  const first = ids[0] ?? 0;
  noteDeliveryFailed(store, first, 110, 500, 'connection refused');
  jobWith(store, 'b1');
  assert.deepEqual(events(store, 499), ['b1']);
  assert.equal(nextDeliveryAt(store), 100);
  assert.deepEqual(
    dueDeliveries(store, 500).map(({ event, attempts }) => [event, attempts]),
    [
      ['a1', 1],
      ['b1', 0],
    ],
  );
  assert.deepEqual(jobDetail(store, jobId)?.deliveries[0], {
    run: 1,
    event: 'a1',
    state: 'waiting',
    attempts: 1,
    next_at: '1970-01-01T00:00:00.500Z',
    error: 'connection refused',
  });
});

test('a message that is given up says so in the timeline and lets the next one go', (t) => {
  const store = openTestStore(t);
  const { jobId, ids } = jobWith(store, 'a1', 'a2');
  const first = ids[0] ?? 0;
  noteDeliveryFailed(store, first, 110, 120, 'HTTP 503');
  giveUpDelivery(store, first, 120, 'HTTP 404: 100% %s not found');
  assert.deepEqual(events(store, 120), ['a2']);
  const detail = jobDetail(store, jobId);
  assert.deepEqual(detail?.deliveries[0]?.state, 'given_up');
  assert.deepEqual(detail?.timeline.at(-1), {
    at: '1970-01-01T00:00:00.120Z',
    run: 1,
    status: null,
    note: 'delivery of a1 was given up after 2 attempts: HTTP 404: 100% %s not found',
  });
});

test('what was delivered or given up stays so, whatever comes late', (t) => {
  const store = openTestStore(t);
  const { jobId, ids } = jobWith(store, 'a1', 'a2');
  const [first = 0, second = 0] = ids;
  noteDelivered(store, first, 110);
  noteDeliveryFailed(store, first, 111, 112, 'late');
  giveUpDelivery(store, first, 113, 'late');
  giveUpDelivery(store, second, 120, 'no');
  noteDelivered(store, second, 121);
  const detail = jobDetail(store, jobId);
  assert.deepEqual(
    detail?.deliveries.map(({ state, attempts, next_at }) => [state, attempts, next_at]),
    [
      ['delivered', 1, null],
      ['given_up', 1, null],
    ],
  );
  assert.equal(detail?.timeline.filter(({ note }) => note?.includes('given up')).length, 1);
  assert.equal(nextDeliveryAt(store), null);
});
