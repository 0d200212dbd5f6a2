import { selectJobRecords, toJobRecord } from './find-job.ts';
import type { JobRecord } from './records.ts';
import type { Store } from './store.ts';

/** Every job that has not ended, oldest first. */
export function unfinishedJobs(store: Store): JobRecord[] {
  return store
    .all(`${selectJobRecords} WHERE jobs.ended_at IS NULL ORDER BY jobs.seq`)
    .map((row) => toJobRecord(store, row));
}
