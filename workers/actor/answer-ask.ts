/** What the control socket asks of a pylon: reading, ending a job, running one again. */
import { sleep } from '../../src/clock.ts';
import type { Clock } from '../../src/clock.ts';
import { fail } from '../../src/errors.ts';
import { isEnded, shortId } from '../../src/protocol/job.ts';
import type { JobListing } from '../../src/protocol/job.ts';
import type { Ask, AskAnswer } from '../../src/protocol/messages.ts';
import { findJob } from '../store/find-job.ts';
import { insertJob } from '../store/insert-job.ts';
import { jobDetail } from '../store/job-detail.ts';
import { jobIdsWithPrefix } from '../store/job-ids-with-prefix.ts';
import { jobListing, listJobs } from '../store/list-jobs.ts';
import type { JobRecord } from '../store/records.ts';
import { transaction } from '../store/transaction.ts';
import type { ActorContext } from './context.ts';
import type { JobEvents } from './job-events.ts';
import type { LiveRuns } from './live-runs.ts';
import type { Slots } from './slots.ts';

export interface AskParts {
  readonly context: ActorContext;
  readonly events: JobEvents;
  readonly runs: LiveRuns;
  readonly slots: Slots;
  /** Puts a stored job in the queue for a slot. */
  readonly enqueue: (jobId: string) => void;
}

const killedByPerson = 'A person stopped it with `pylon kill`.';
const mostCandidates = 10;
/** How long an answer waits for a run to end: its grace, and then some. */
const patienceMs = 15_000;

/** Rejects with a catalogue error. */
export async function answerAsk(parts: AskParts, ask: Ask): Promise<AskAnswer> {
  const { store } = parts.context;
  switch (ask.kind) {
    case 'jobs':
      return { kind: 'jobs', jobs: listJobs(store, ask.limit) };
    case 'job': {
      const ids = jobIdsWithPrefix(store, ask.prefix, mostCandidates);
      const [only] = ids;
      return {
        kind: 'job',
        ids,
        job: ids.length === 1 && only !== undefined ? (jobDetail(store, only) ?? null) : null,
      };
    }
    case 'kill':
      return { kind: 'kill', job: await kill(parts, demand(parts, ask.jobId)) };
    case 'retry':
      return { kind: 'retry', job: retry(parts, demand(parts, ask.jobId), ask.newJobId) };
  }
}

function demand({ context }: AskParts, jobId: string): JobRecord {
  const job = findJob(context.store, jobId);
  if (job === undefined) throw fail('PYLON_UNKNOWN_JOB', { id: jobId });
  return job;
}

/** A run with a container is asked to stop; how it ended shows when it has. */
async function kill({ context, events, runs, slots }: AskParts, job: JobRecord): Promise<JobListing> {
  if (isEnded(job.status)) throw fail('PYLON_JOB_ENDED', { id: shortId(job.id), status: job.status });
  if (runs.end(job.id, { kind: 'killed', by: killedByPerson })) {
    await settledSoon(context.clock, runs.settled(job.id));
  } else {
    events.ended(job.id, {
      status: 'killed',
      result: null,
      error: killedByPerson,
      sessionId: null,
      costUsd: null,
      exitCode: null,
    });
    slots.release(job.id);
  }
  return listing(context, job.id);
}

/** A silent engine keeps a run from ending: whoever asked is told how it stands by then. */
async function settledSoon(clock: Clock, settled: Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([settled, sleep(clock, patienceMs, over.signal).catch(() => undefined)]);
  over.abort(new Error('it has ended'));
}

function retry({ context, enqueue, events }: AskParts, job: JobRecord, newJobId: string): JobListing {
  const id = shortId(job.id);
  if (!isEnded(job.status)) throw fail('PYLON_JOB_NOT_ENDED', { id, status: job.status });
  if (job.payload === null && job.trigger !== 'cron') {
    throw fail('PYLON_NOT_RETRIABLE', { id, reason: `it was ${job.status}` });
  }
  if (!context.inForce().accepting) throw fail('PYLON_NOT_ACCEPTING', { pylon: context.name });
  transaction(context.store, () =>
    insertJob(context.store, {
      id: newJobId,
      pylon: job.pylon,
      status: 'queued',
      trigger: 'retry',
      createdAt: context.clock.now(),
      scheduledAt: job.scheduledAt,
      parent: job.id,
      payload: job.payload,
      headers: job.headers,
      eventId: null,
      countsAsQueued: false,
      error: null,
    }),
  );
  events.changed(newJobId);
  enqueue(newJobId);
  return listing(context, newJobId);
}

function listing(context: ActorContext, jobId: string): JobListing {
  const job = jobListing(context.store, jobId);
  if (job === undefined) throw fail('PYLON_UNKNOWN_JOB', { id: jobId });
  return job;
}
