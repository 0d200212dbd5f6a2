/** Whatever was answered 202, or called a duplicate of it, is exactly one job on disk, and nothing else is. */
import type { Evidence, SentRequest } from '../evidence.ts';

export function acceptedIsStored(evidence: Evidence): readonly string[] {
  const rows = new Map<string, number>();
  for (const { jobs } of evidence.databases) for (const { id } of jobs) rows.set(id, (rows.get(id) ?? 0) + 1);
  return evidence.requests
    .filter(({ status }) => status === 202 || status === 200)
    .filter((request) => rows.get(request.jobId ?? '') !== 1 && !wasDeleted(evidence, request))
    .map(
      ({ jobId, pylon, word }) =>
        `job ${jobId} of ${pylon} was answered ${word} and has ${rows.get(jobId ?? '') ?? 0} rows`,
    );
}

/** An event that is sent again is a second job only where the first one failed. */
export function eventsAreOneJob(evidence: Evidence): readonly string[] {
  const repeatable = new Set(['failed', 'timeout', 'killed', 'rejected']);
  return evidence.databases.flatMap(({ pylon, jobs }) => {
    const last = new Map<string, { readonly id: string; readonly status: string }>();
    return jobs.flatMap((job) => {
      if (job.eventId === null) return [];
      const before = last.get(job.eventId);
      last.set(job.eventId, job);
      if (before === undefined || repeatable.has(before.status)) return [];
      return [
        `event ${job.eventId} of ${pylon} became job ${job.id} as well as ${before.id}, which is ${before.status}`,
      ];
    });
  });
}

/** A job that nobody sent, or whose event nobody sent, came from nowhere. */
export function jobsWereSent(evidence: Evidence): readonly string[] {
  const sent = new Set(evidence.requests.map(({ delivery }) => delivery));
  return evidence.databases.flatMap(({ pylon, jobs }) =>
    jobs
      .filter(({ status, eventId }) => status !== 'rejected' && !sent.has(eventId ?? ''))
      .map(({ id, eventId }) => `job ${id} of ${pylon} is of event ${eventId}, which nobody sent`),
  );
}

/** Events are noticed, and a request under way may still be answered, a moment after the directory went. */
const momentMs = 2_000;

/** Whoever deletes a pylon's directory deletes its jobs. */
function wasDeleted({ faults }: Evidence, { pylon, from }: SentRequest): boolean {
  return faults.some(
    (fault) =>
      fault.kind === 'directory' &&
      fault.pylon === pylon &&
      !fault.what.includes('replace') &&
      from <= fault.to + momentMs,
  );
}
