import { locateJob } from './locate-job.ts';
import { number } from './row.ts';
import type { Store } from './store.ts';
import { transaction } from './transaction.ts';

/** Notes that the worker died in this job's step; returns how often it did since the job's last change of status. */
export function countDeath(store: Store, jobId: string): number {
  return transaction(store, () => {
    const { seq } = locateJob(store, jobId);
    store.run('UPDATE jobs SET deaths = deaths + 1 WHERE seq = ?', [seq]);
    return store.all('SELECT deaths FROM jobs WHERE seq = ?', [seq]).map((row) => number(row, 'deaths'))[0] ?? 0;
  });
}
