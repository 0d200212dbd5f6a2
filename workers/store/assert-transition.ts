import { fail, type PylonError } from '../../src/errors.ts';
import { isEnded, type JobStatus, transitions } from '../../src/protocol/job.ts';

/**
 * Throws PYLON_INTERNAL, naming both ends, unless the state machine of docs/states.md leads from `from` to `to`.
 * Only a new run takes an ended job up again, and only an ended job takes a new run.
 */
export function assertTransition(jobId: string, from: JobStatus, to: JobStatus, newRun: boolean): void {
  if (!transitions[from].includes(to) || isEnded(from) !== newRun) {
    throw forbidden(jobId, from, newRun ? `${to} (in a new run)` : to);
  }
}

export function forbidden(jobId: string, from: string, to: string): PylonError {
  return fail('PYLON_INTERNAL', { reason: `job ${jobId} cannot go from ${from} to ${to}` });
}
