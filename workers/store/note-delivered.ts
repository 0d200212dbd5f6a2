import type { Store } from './store.ts';

/** The channel has taken the message. Its text is not kept: the run has the result. */
export function noteDelivered(store: Store, id: number, at: number): void {
  store.run(deliver, [at, id]);
}

const deliver = `
  UPDATE outbox SET state = 'delivered', attempts = attempts + 1, tried_at = ?, error = NULL, message = NULL
  WHERE id = ? AND state = 'waiting'`;
