import { fail } from '../../src/errors.ts';
import { locateJob } from './locate-job.ts';
import type { RunChanges } from './records.ts';
import type { Store } from './store.ts';
import { transaction } from './transaction.ts';
import { writeRun } from './write-run.ts';

/** Sets what `changes` names on one run, whose status stays as it is. Throws PYLON_INTERNAL for an unknown run. */
export function updateRun(store: Store, jobId: string, run: number, changes: RunChanges): void {
  transaction(store, () => {
    const job = locateJob(store, jobId);
    if (run < 1 || run > job.run) throw fail('PYLON_INTERNAL', { reason: `job ${jobId} has no run ${run}` });
    writeRun(store, job.seq, run, changes);
  });
}
