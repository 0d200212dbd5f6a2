import { locateJob } from './locate-job.ts';
import type { Store } from './store.ts';

/** Puts a message (a `ChannelMessage` as JSON) into the outbox, due at once, after all others of its job. Returns its id. */
export function queueDelivery(
  store: Store,
  delivery: {
    readonly jobId: string;
    readonly run: number;
    readonly event: string;
    readonly message: string;
    readonly at: number;
  },
): number {
  const { seq } = locateJob(store, delivery.jobId);
  const sql = 'INSERT INTO outbox (job, run, event, message, created_at, next_at) VALUES (?, ?, ?, ?, ?, ?)';
  return store.run(sql, [seq, delivery.run, delivery.event, delivery.message, delivery.at, delivery.at]).lastId;
}
