/** Closes a pylon: its runs are left to a successor, or ended; then nothing of it goes on. */
import { asPylonError } from '../../src/errors.ts';
import { findRun } from '../store/find-run.ts';
import { unfinishedJobs } from '../store/unfinished-jobs.ts';
import type { ActorContext } from './context.ts';
import type { ActorParts } from './parts.ts';

/** How long a stop that kills waits for the runs to end before it leaves them. */
const killPatienceMs = 6_000;

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
  if (onStop === 'kill') await killRuns(parts);
  const kind = context.engine.kind === 'process' ? 'lost' : 'left';
  for (const jobId of runs.ids()) runs.end(jobId, { kind });
  await Promise.all([runs.settled(), deliveries.stop(), housekeeping.stop()]);
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

async function killRuns({ context, runs }: ActorParts): Promise<void> {
  for (const jobId of runs.ids()) {
    runs.end(jobId, { kind: 'killed', by: 'The daemon was stopped (docker.on_stop: kill).' });
  }
  const over = new Promise<void>((resolve) => context.clock.after(killPatienceMs, resolve));
  await Promise.race([runs.settled(), over]);
}

function runningUntil({ store }: ActorContext): number[] {
  return unfinishedJobs(store)
    .filter(({ status }) => status === 'running')
    .map(({ id, run }) => findRun(store, id, run)?.deadlineAt ?? 0);
}
