import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeLog } from '../../src/log.ts';
import { channelFor } from '../../workers/channel/channel-for.ts';
import { makeOutbox } from '../../workers/channel/outbox.ts';
import type { Outbox } from '../../workers/channel/outbox.ts';
import { dueDeliveries, nextDeliveryAt } from '../../workers/store/due-deliveries.ts';
import { giveUpDelivery } from '../../workers/store/give-up-delivery.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { noteDelivered } from '../../workers/store/note-delivered.ts';
import { noteDeliveryFailed } from '../../workers/store/note-delivery-failed.ts';
import { queueDelivery } from '../../workers/store/queue-delivery.ts';
import type { Store } from '../../workers/store/store.ts';
import { newJob, openTestStore } from '../store/open-test-store.ts';
import { handClock } from './hand-clock.ts';
import type { HandClock } from './hand-clock.ts';
import { message } from './messages.ts';
import { receiver } from './receiver.ts';

function outboxOf(store: Store, clock: HandClock, url: string): Outbox {
  const context = { print: () => Promise.resolve(), renderBody: () => '', now: () => clock.now() };
  return makeOutbox({
    rows: {
      due: (now) => dueDeliveries(store, now),
      nextAt: () => nextDeliveryAt(store),
      delivered: (id, at) => noteDelivered(store, id, at),
      failed: (id, at, nextAt, error) => noteDeliveryFailed(store, id, at, nextAt, error),
      gaveUp: (id, at, error) => giveUpDelivery(store, id, at, error),
    },
    channelOf: () => Promise.resolve(channelFor({ type: 'webhook', approval: false, webhook: { url } }, context)),
    clock,
    log: makeLog(() => undefined),
    firstPauseMs: 1_000,
  });
}

test('what a service refused for a while is on disk, and goes out in order, once, after a restart', async (t) => {
  const store = openTestStore(t);
  const clock = handClock(Date.parse('2026-11-21T00:00:00Z'));
  const answers: number[] = [503];
  const { url, received } = await receiver(t, (response) => void response.writeHead(answers.shift() ?? 204).end());
  const jobs = [newJob(), newJob()];
  for (const job of jobs) {
    insertJob(store, job);
    for (const event of ['job.started', 'job.ended'] as const) {
      const text = JSON.stringify(message({ event, job_id: job.id }));
      queueDelivery(store, { jobId: job.id, run: 1, event, message: text, at: clock.now() });
    }
  }
  const untilSettled = async (outbox: Outbox, count: number): Promise<void> => {
    while (received.length < count || dueDeliveries(store, clock.now()).length > 0)
      await new Promise((resolve) => setImmediate(resolve));
    await outbox.stop();
  };

  const before = outboxOf(store, clock, url);
  before.start();
  await untilSettled(before, 3);
  assert.notEqual(nextDeliveryAt(store), null);

  const after = outboxOf(store, clock, url);
  after.start();
  await clock.advance(2_000);
  await untilSettled(after, 5);
  assert.equal(nextDeliveryAt(store), null);

  for (const job of jobs) {
    const events = received.map(({ body, headers }) => ({
      ...(JSON.parse(body) as { event: string; job_id: string }),
      id: headers['webhook-id'],
    }));
    const own = events.filter(({ job_id }) => job_id === job.id);
    assert.deepEqual([...new Set(own.map(({ event }) => event))], ['job.started', 'job.ended']);
    assert.equal(new Set(own.map(({ id }) => id)).size, 2);
  }
  assert.equal(received.length, 5);
});
