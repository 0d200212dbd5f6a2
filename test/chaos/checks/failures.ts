/** A job that did not end `done` must have been hit by a fault, and its error be one that such a fault may cause. */
import type { Evidence, FaultRecord, JobRow } from '../evidence.ts';
import type { FaultKind } from '../plan.ts';
import { reasonOfError } from './error-code.ts';
import type { Reason } from './error-code.ts';

/** What each fault may do to a job. A fault that is not named here may cost no job at all. */
const mayCause: Partial<Readonly<Record<FaultKind, readonly Reason[]>>> = {
  'worker-crash': ['PYLON_WORKER_KILLER'],
  engine: ['PYLON_ENGINE_SILENT', 'PYLON_ENGINE_REFUSED'],
  container: ['exit', 'PYLON_CONTAINER_GONE', 'PYLON_MAY_HAVE_RUN'],
  'disk-full': ['PYLON_DISK_LOW', 'PYLON_DISK_FULL'],
  // The files that its container was to mount went with the directory.
  directory: ['removed', 'PYLON_ENGINE_REFUSED'],
};
/** How long after a fault it may still show: a silent engine is waited for, a removed pylon's runs have 30 s. */
const lingersMs = 60_000;

export function failuresAreExplained(evidence: Evidence): readonly string[] {
  return evidence.databases.flatMap(({ pylon, jobs }) =>
    jobs
      .filter(({ status }) => status === 'failed' || status === 'timeout' || status === 'killed')
      .filter((job) => !isExplained(evidence.faults, pylon, job))
      .map(({ id, status, error }) => `job ${id} of ${pylon} is ${status} without a fault that explains it: ${error}`),
  );
}

function isExplained(faults: readonly FaultRecord[], pylon: string, job: JobRow): boolean {
  const reason = reasonOfError(job.error ?? '');
  if (reason === undefined) return false;
  return faults.some(
    (fault) =>
      mayCause[fault.kind]?.includes(reason) === true &&
      (fault.pylon === null || fault.pylon === pylon) &&
      (fault.jobId === null || fault.jobId === job.id) &&
      fault.from <= (job.endedAt ?? Infinity) &&
      fault.to + lingersMs >= job.createdAt,
  );
}
