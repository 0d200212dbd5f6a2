/** Tells the supervisor how jobs stand: all that changed in one turn of the event loop in one message. */
import { isEnded } from '../../src/protocol/job.ts';
import type { FromPylon } from '../../src/protocol/messages.ts';
import { findJob } from '../store/find-job.ts';
import { jobCounts } from '../store/job-counts.ts';
import type { Store } from '../store/store.ts';

/** @returns what to call with the id of a job that has changed, once that is stored */
export function makeChangeNotices(store: Store, send: (message: FromPylon) => void): (jobId: string) => void {
  const changed = new Set<string>();
  const flush = (): void => {
    const ids = [...changed];
    changed.clear();
    // Closed meanwhile: the supervisor learns the rest from the next `ready`.
    if (!store.isOpen) return;
    const jobs = ids.map((id) => ({ id, ended: isEnded(findJob(store, id)?.status ?? 'done') }));
    send({ type: 'jobs-changed', jobs, counts: jobCounts(store) });
  };
  return (jobId) => {
    // Under load, counting and telling for each job by itself cost more than storing it.
    if (changed.size === 0) setImmediate(flush);
    changed.add(jobId);
  };
}
