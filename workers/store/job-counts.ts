import { isEnded } from '../../src/protocol/job.ts';
import type { JobCounts } from '../../src/protocol/messages.ts';
import { asStatus } from './job-status.ts';
import { listJobs } from './list-jobs.ts';
import { number } from './row.ts';
import type { Store } from './store.ts';

/** How many jobs there are, and the newest. Costs the same however many: the numbers are kept, not counted. */
export function jobCounts(store: Store): JobCounts {
  let unfinished = 0;
  let running = 0;
  let total = 0;
  for (const row of store.all('SELECT status, jobs FROM status_counts')) {
    const status = asStatus(row, 'status');
    const jobs = number(row, 'jobs');
    total += jobs;
    if (!isEnded(status)) unfinished += jobs;
    if (status === 'running') running += jobs;
  }
  return { unfinished, running, total, last: listJobs(store, 1)[0] ?? null };
}
