/** Closes a pylon: its runs are left to a successor, or ended; then nothing of it goes on. */
import { sleep } from '../../src/clock.ts';
import type { Clock } from '../../src/clock.ts';
import { asPylonError } from '../../src/errors.ts';
import { findJob } from '../store/find-job.ts';
import { findRun } from '../store/find-run.ts';
import { unfinishedJobs } from '../store/unfinished-jobs.ts';
import type { ActorContext } from './context.ts';
import type { EndReason } from './ending.ts';
import type { ActorParts } from './parts.ts';

/** How long a stop waits for the runs that it ends, and for what the others are about, before it leaves them. */
const patienceMs = 6_000;
/** What runs that are left take at most, where there is no time any more for what they are about. */
const leavingMs = 500;

/**
 * Resolves when the database is closed, with the time limits of the containers that go on (ms since 1970).
 * @param removed the pylon’s directory is gone: another may be there by now, whose database must not be touched
 */
export async function stopActor(
  parts: ActorParts,
  onStop: 'leave' | 'kill',
  removed: boolean,
): Promise<readonly number[]> {
  const { context, runs, deliveries, housekeeping } = parts;
  const { clock } = context;
  const until = clock.now() + patienceMs;
  runs.close();
  for (const jobId of runs.ids()) {
    const reason = reasonToEnd(parts, jobId, onStop);
    if (reason === undefined) runs.leave(jobId);
    else runs.end(jobId, reason);
  }
  await within(clock, patienceMs, runs.settled());
  for (const jobId of runs.ids()) runs.leave(jobId);
  const rest = Promise.all([runs.settled(), deliveries.stop(), housekeeping.stop()]);
  await within(clock, Math.max(leavingMs, until - clock.now()), rest);
  const left = runningUntil(context);
  try {
    await context.engine.close();
  } catch (error) {
    context.log.warn(`the engine's connections did not close: ${asPylonError(error).message}`);
  }
  // Closing removes the journal by its name, which may be that of a new database. The thread's end closes the files.
  if (!removed) context.store.close();
  return left;
}

/** undefined: it goes on without this thread, or was not started yet and is prepared anew by the next one. */
function reasonToEnd({ context }: ActorParts, jobId: string, onStop: 'leave' | 'kill'): EndReason | undefined {
  if (onStop === 'kill') return { kind: 'killed', by: 'The daemon was stopped (docker.on_stop: kill).' };
  const job = findJob(context.store, jobId);
  const started = job !== undefined && findRun(context.store, jobId, job.run)?.intentAt !== null;
  // The children of this thread do not outlive it.
  return context.engine.kind === 'process' && started ? { kind: 'lost' } : undefined;
}

async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, sleep(clock, ms, over.signal).catch(() => undefined)]);
  over.abort(new Error('it has ended'));
}

function runningUntil({ store }: ActorContext): number[] {
  return unfinishedJobs(store)
    .filter(({ status }) => status === 'running')
    .map(({ id, run }) => findRun(store, id, run)?.deadlineAt ?? 0);
}
