/** What a thread does about the jobs that the one before it left. */
import { asPylonError, fail } from '../../src/errors.ts';
import type { WaitingJob } from '../../src/protocol/messages.ts';
import { countDeath } from '../store/count-death.ts';
import { endedWithContainer } from '../store/ended-with-container.ts';
import { findRun } from '../store/find-run.ts';
import type { JobRecord } from '../store/records.ts';
import { transaction } from '../store/transaction.ts';
import { unfinishedJobs } from '../store/unfinished-jobs.ts';
import type { ActorContext } from './context.ts';
import type { JobEvents } from './job-events.ts';

/** A job in whose step the worker died so often is given up. */
const deathsAllowed = 3;

export interface Recovered {
  /** Jobs that go on: they hold a slot, as their container may be running. */
  readonly holding: readonly string[];
  /** Jobs that wait for a slot, oldest first. */
  readonly waiting: readonly WaitingJob[];
  /** Jobs that have ended, here or before, and whose container may still run: they hold their slot until it is removed. */
  readonly removing: readonly string[];
}

/** Sorts the unfinished jobs; after a crash the job to blame is counted, and given up the third time. */
export function recover(
  context: ActorContext,
  events: JobEvents,
  crash: { readonly afterCrash: boolean; readonly culprit: string | null },
): Recovered {
  const jobs = unfinishedJobs(context.store);
  const culprits = crash.afterCrash ? toBlame(context, jobs, crash.culprit) : [];
  const givenUp = culprits.filter((id) => isGivenUp(context, events, id));
  const rest = jobs.filter(({ id }) => !givenUp.includes(id));
  return {
    holding: rest.filter(({ status }) => status === 'pending' || status === 'running').map(({ id }) => id),
    waiting: rest
      .filter(({ status }) => status === 'queued')
      .map(({ id, countsAsQueued }) => ({ jobId: id, counts: countsAsQueued })),
    removing: [...new Set([...givenUp, ...endedWithContainer(context.store)])],
  };
}

/**
 * The job that the dead thread named, else those that were being prepared, else those that were running: one of them did
 * it, and without the name all that were at the same stage are suspected.
 */
function toBlame(context: ActorContext, jobs: readonly JobRecord[], named: string | null): readonly string[] {
  if (named !== null) return jobs.filter(({ id }) => id === named).map(({ id }) => id);
  const active = jobs.filter(({ status }) => status === 'pending' || status === 'running');
  const preparing = active.filter(({ id, run }) => findRun(context.store, id, run)?.intentAt === null);
  return (preparing.length > 0 ? preparing : active).map(({ id }) => id);
}

/** Counts the death; where there were too many, ends the job. */
function isGivenUp(context: ActorContext, events: JobEvents, jobId: string): boolean {
  try {
    const deaths = transaction(context.store, () => countDeath(context.store, jobId));
    if (deaths < deathsAllowed) return false;
    giveUp(events, jobId);
    return true;
  } catch (error) {
    // A full disk must not keep the pylon from taking up the jobs it has.
    context.log.warn(`that its step ended the worker could not be noted: ${asPylonError(error).message}`, {
      job: jobId,
    });
    return false;
  }
}

function giveUp(events: JobEvents, jobId: string): void {
  events.ended(jobId, {
    status: 'failed',
    result: null,
    error: fail('PYLON_WORKER_KILLER', { times: deathsAllowed }).message,
    sessionId: null,
    costUsd: null,
    exitCode: null,
  });
}
