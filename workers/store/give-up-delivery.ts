import type { Store } from './store.ts';
import { transaction } from './transaction.ts';

/** The message is not tried again, its job's timeline says so, and the job's next one has its turn. */
export function giveUpDelivery(store: Store, id: number, at: number, error: string): void {
  transaction(store, () => {
    const { changes } = store.run(giveUp, [at, error, id]);
    if (changes > 0) store.run(note, [at, error, id]);
  });
}

const giveUp = `
  UPDATE outbox SET state = 'given_up', attempts = attempts + 1, tried_at = ?, error = ?, message = NULL
  WHERE id = ? AND state = 'waiting'`;

const note = `
  INSERT INTO history (job, run, at, status, note)
  SELECT job, run, ?, NULL, format('delivery of %s was given up after %d %s: %s', event, attempts, iif(attempts = 1, 'attempt', 'attempts'), ?)
  FROM outbox WHERE id = ?`;
