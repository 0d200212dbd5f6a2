import { isEnded, transitions } from '../../src/protocol/job.ts';
import { forbidden } from './assert-transition.ts';
import type { NewJob } from './records.ts';
import type { Store } from './store.ts';
import { within } from './transaction.ts';

/**
 * Stores a new job, its run 1 and the first entry of its history, all at `job.createdAt`.
 * Where it throws inside a transaction, that has to be undone as a whole.
 */
export function insertJob(store: Store, job: NewJob): void {
  if (!transitions.new.includes(job.status)) throw forbidden(job.id, 'new', job.status);
  const endedAt = isEnded(job.status) ? job.createdAt : null;
  within(store, () => {
    const { lastId: seq } = store.run(insertIntoJobs, [
      job.id,
      job.pylon,
      job.status,
      job.trigger,
      Number(job.countsAsQueued),
      Number(job.status === 'pending'),
      job.createdAt,
      job.scheduledAt,
      endedAt,
      job.parent,
      job.eventId,
    ]);
    if (job.payload !== null || Object.keys(job.headers).length > 0) {
      store.run('INSERT INTO requests (job, headers, payload) VALUES (?, ?, ?)', [
        seq,
        JSON.stringify(job.headers),
        job.payload,
      ]);
    }
    store.run('INSERT INTO runs (job, run, status, ended_at, error) VALUES (?, 1, ?, ?, ?)', [
      seq,
      job.status,
      endedAt,
      job.error,
    ]);
    store.run('INSERT INTO history (job, run, at, status, note) VALUES (?, 1, ?, ?, ?)', [
      seq,
      job.createdAt,
      job.status,
      job.error,
    ]);
  });
}

const insertIntoJobs = `
  INSERT INTO jobs (id, pylon, status, trigger, run, counts_as_queued, has_workspace, created_at, scheduled_at, ended_at, parent, event_id)
  VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`;
