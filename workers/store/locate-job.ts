import { fail } from '../../src/errors.ts';
import type { JobStatus } from '../../src/protocol/job.ts';
import { asStatus } from './job-status.ts';
import { number } from './row.ts';
import type { Store } from './store.ts';

/** Where a job is: its row, its status and its latest run. Throws PYLON_INTERNAL where there is no such job. */
export function locateJob(store: Store, jobId: string): { seq: number; status: JobStatus; run: number } {
  const [row] = store.all('SELECT seq, status, run FROM jobs WHERE id = ?', [jobId]);
  if (row === undefined) throw fail('PYLON_INTERNAL', { reason: `job ${jobId} is not in ${store.file}` });
  return { seq: number(row, 'seq'), status: asStatus(row, 'status'), run: number(row, 'run') };
}
