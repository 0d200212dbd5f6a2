import { number, text } from './row.ts';
import type { Store } from './store.ts';
import { transaction } from './transaction.ts';

/**
 * Deletes the jobs that ended before `endedBefore` (null: none) with all that belongs to them, except those with a message
 * that still waits. Returns their ids. At most 2,000 a call, oldest first, so that the worker is never away for long;
 * a call that returns fewer was the last that had anything to do.
 */
export function pruneJobs(store: Store, endedBefore: number | null): string[] {
  if (endedBefore === null) return [];
  return transaction(store, () => {
    const doomed = store.all(selectDoomed, [endedBefore, atOnce]);
    for (const row of doomed) deleteJob(store, number(row, 'seq'));
    return doomed.map((row) => text(row, 'id'));
  });
}

/**
 * Deletes rejected jobs but the newest `keep`, and those with a message that still waits. Returns how many it deleted, at
 * most 20,000 a call. Costs next to nothing while there are no more than `keep`, so that it may follow every rejection.
 */
export function trimRejected(store: Store, keep = 1_000): number {
  return transaction(store, () => {
    const [row] = store.all("SELECT jobs FROM status_counts WHERE status = 'rejected'");
    const excess = row === undefined ? 0 : number(row, 'jobs') - keep;
    if (excess <= 0) return 0;
    const doomed = store.all(selectOldestRejected, [Math.min(excess, rejectedAtOnce)]);
    for (const each of doomed) deleteJob(store, number(each, 'seq'));
    return doomed.length;
  });
}

const atOnce = 2_000;
/** They have little to delete. */
const rejectedAtOnce = 20_000;

const nothingWaits = "NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.job = jobs.seq AND state = 'waiting')";

const selectDoomed = `
  SELECT seq, id FROM jobs
  WHERE ended_at IS NOT NULL AND ended_at < ? AND ${nothingWaits}
  ORDER BY ended_at LIMIT ?`;

const selectOldestRejected = `SELECT seq FROM jobs WHERE status = 'rejected' AND ${nothingWaits} ORDER BY seq LIMIT ?`;

function deleteJob(store: Store, seq: number): void {
  // Its sender may still repeat the event.
  store.run(keepStatus, [seq]);
  store.run('DELETE FROM jobs WHERE seq = ?', [seq]);
}

const keepStatus = `
  UPDATE events SET status = jobs.status FROM jobs
  WHERE jobs.seq = ? AND events.id = jobs.event_id AND events.job_id = jobs.id`;
