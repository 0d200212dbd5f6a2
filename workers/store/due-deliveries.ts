import type { OutboxRow } from './records.ts';
import { number, numberOrNull, type Row, text } from './row.ts';
import type { Store } from './store.ts';

/** What is to be sent now: of each job the first message that waits, if its time has come. Oldest first, `limit` at most. */
export function dueDeliveries(store: Store, now: number, limit = 100): OutboxRow[] {
  return store.all(selectDue, [now, limit]).map(toOutboxRow);
}

/** When `dueDeliveries` will next give something, or null while nothing waits. May be in the past. */
export function nextDeliveryAt(store: Store): number | null {
  const [row] = store.all(`SELECT min(next_at) AS next_at FROM (${firstOfEachJob})`);
  return row === undefined ? null : numberOrNull(row, 'next_at');
}

/** SQLite takes `next_at` from the row that holds the minimum. */
const firstOfEachJob = `SELECT min(id) AS id, next_at FROM outbox WHERE state = 'waiting' GROUP BY job`;

const selectDue = `
  SELECT outbox.id, jobs.id AS job_id, outbox.run, event, message, outbox.created_at, attempts, outbox.next_at
  FROM (${firstOfEachJob}) AS first
  JOIN outbox ON outbox.id = first.id
  JOIN jobs ON jobs.seq = outbox.job
  WHERE first.next_at <= ?
  ORDER BY outbox.id
  LIMIT ?`;

function toOutboxRow(row: Row): OutboxRow {
  return {
    id: number(row, 'id'),
    jobId: text(row, 'job_id'),
    run: number(row, 'run'),
    event: text(row, 'event'),
    message: text(row, 'message'),
    createdAt: number(row, 'created_at'),
    attempts: number(row, 'attempts'),
    nextAt: number(row, 'next_at'),
  };
}
