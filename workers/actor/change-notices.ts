/** Tells the supervisor how jobs stand: all that changed in one turn of the event loop in one message. */
import type { FromPylon } from '../../src/protocol/messages.ts';
import { jobCounts } from '../store/job-counts.ts';
import type { Store } from '../store/store.ts';

/** @returns what to call for a job that has changed, once that is stored: with its id, and whether it has ended */
export function makeChangeNotices(
  store: Store,
  send: (message: FromPylon) => void,
): (jobId: string, ended: boolean) => void {
  const changed = new Map<string, boolean>();
  const flush = (): void => {
    const jobs = [...changed].map(([id, ended]) => ({ id, ended }));
    changed.clear();
    // Closed meanwhile: the supervisor learns the rest from the next `ready`.
    if (!store.isOpen) return;
    send({ type: 'jobs-changed', jobs, counts: jobCounts(store) });
  };
  return (jobId, ended) => {
    // Under load, counting and telling for each job by itself cost more than storing it.
    // Before anything else happens: the notice then travels with the answers to the requests that made the jobs.
    if (changed.size === 0) process.nextTick(flush);
    changed.set(jobId, ended);
  };
}
