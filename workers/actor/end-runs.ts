/** Ends a pylon whose directory is gone. */
import { unfinishedJobs } from '../store/unfinished-jobs.ts';
import type { EndReason } from './ending.ts';
import { outcomeOfEnding } from './outcome.ts';
import type { ActorParts } from './parts.ts';

/** What waits or is being prepared has nowhere to go on, and ends now; what runs is ended after `afterMs`. */
export function endRuns({ context, runs, events, slots, housekeeping }: ActorParts, afterMs: number): void {
  const reason: EndReason = { kind: 'killed', by: 'Its pylon was removed.' };
  const outcome = outcomeOfEnding(reason);
  // A new pylon of this name tidies up its own from now on.
  void housekeeping.stop();
  for (const { id, status } of unfinishedJobs(context.store)) {
    if (status === 'running' || runs.end(id, reason)) continue;
    events.ended(id, outcome);
    slots.release(id);
  }
  context.clock.after(afterMs, () => {
    for (const jobId of runs.ids()) runs.end(jobId, reason);
  });
}
