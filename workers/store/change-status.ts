import { isEnded, type JobStatus } from '../../src/protocol/job.ts';
import { assertTransition } from './assert-transition.ts';
import { findJob } from './find-job.ts';
import { locateJob } from './locate-job.ts';
import type { JobRecord, RunChanges } from './records.ts';
import type { Store } from './store.ts';
import { transaction } from './transaction.ts';
import { writeRun } from './write-run.ts';

/**
 * The one function that changes a job's status: the job, its latest run and its history, in one transaction.
 *
 * `at` becomes the run's `startedAt` when it goes to running and its `endedAt` when it ends, unless `run` names them or
 * they are known already. `newRun` makes the next run of an ended job. A queued job that was not new never counts toward
 * max_queued. The job's `deaths` start anew.
 *
 * Throws PYLON_INTERNAL for an unknown job and for a way that docs/states.md does not draw; nothing is changed then.
 */
export function changeStatus(
  store: Store,
  jobId: string,
  to: JobStatus,
  at: number,
  details: { readonly note?: string; readonly run?: RunChanges; readonly newRun?: boolean } = {},
): JobRecord {
  const { note = null, run: changes = {}, newRun = false } = details;
  return transaction(store, () => {
    const job = locateJob(store, jobId);
    assertTransition(jobId, job.status, to, newRun);
    const run = newRun ? job.run + 1 : job.run;
    if (newRun) store.run('INSERT INTO runs (job, run, status) VALUES (?, ?, ?)', [job.seq, run, to]);
    store.run(updateJob, [
      to,
      run,
      isEnded(to) ? at : null,
      Number(to === 'queued'),
      Number(to === 'pending'),
      job.seq,
    ]);
    writeRun(store, job.seq, run, changes, { status: to, at });
    store.run('INSERT INTO history (job, run, at, status, note) VALUES (?, ?, ?, ?, ?)', [job.seq, run, at, to, note]);
    return findJob(store, jobId) ?? unreachable(jobId);
  });
}

const updateJob = `
  UPDATE jobs SET status = ?, run = ?, deaths = 0, ended_at = ?,
    counts_as_queued = iif(?, 0, counts_as_queued), has_workspace = has_workspace OR ?
  WHERE seq = ?`;

function unreachable(jobId: string): never {
  throw new Error(`job ${jobId} vanished within a transaction`);
}
