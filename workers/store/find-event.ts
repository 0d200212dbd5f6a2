import type { JobStatus } from '../../src/protocol/job.ts';
import { asStatus } from './job-status.ts';
import { text } from './row.ts';
import type { Store } from './store.ts';

/** The job that a sender's delivery id belongs to, unless it was remembered before `newerThan`. */
export function findEvent(
  store: Store,
  eventId: string,
  newerThan: number,
): { jobId: string; status: JobStatus } | undefined {
  const [row] = store.all(selectEvent, [eventId, newerThan]);
  return row && { jobId: text(row, 'job_id'), status: asStatus(row, 'status') };
}

const selectEvent = `
  SELECT events.job_id, coalesce(jobs.status, events.status) AS status
  FROM events
  LEFT JOIN jobs ON jobs.id = events.job_id
  WHERE events.id = ? AND events.at >= ?`;
