import type { Store } from './store.ts';

/** The channel did not take the message at `at`; it is tried again at `nextAt`, and the job's later ones wait for it. */
export function noteDeliveryFailed(store: Store, id: number, at: number, nextAt: number, error: string): void {
  store.run(postpone, [at, nextAt, error, id]);
}

const postpone = `
  UPDATE outbox SET attempts = attempts + 1, tried_at = ?, next_at = ?, error = ?
  WHERE id = ? AND state = 'waiting'`;
