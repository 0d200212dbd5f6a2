/** A run as it stands on disk, ready to be gone on with. */
import { fail } from '../../src/errors.ts';
import { parseDuration } from '../../src/duration.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import { changeStatus } from '../store/change-status.ts';
import { findJob } from '../store/find-job.ts';
import { findRun } from '../store/find-run.ts';
import type { JobRecord, RunRecord } from '../store/records.ts';
import { transaction } from '../store/transaction.ts';
import { updateRun } from '../store/update-run.ts';
import type { ActorContext } from './context.ts';
import { keepSettings, restoreSettings } from './kept-settings.ts';
import { lastGoodSettings } from './last-good-settings.ts';
import { expandedAfterStart, expandedForRun } from './variables.ts';

export interface RunInHand {
  readonly job: JobRecord;
  readonly run: RunRecord;
  /** Ready for use: secrets put back, variables expanded. */
  readonly settings: PylonSettings;
  /** Before the variables were expanded. */
  readonly unexpanded: PylonSettings;
}

/**
 * The job's latest run. One that has just got its slot becomes `pending`, with the settings in force now.
 * @throws PYLON_NO_SETTINGS, PYLON_SECRET_GONE, PYLON_VARIABLE_MISSING
 */
export function takeUp(context: ActorContext, jobId: string): RunInHand {
  const { store } = context;
  const current = context.inForce().settings;
  const found = findJob(store, jobId);
  const before = found === undefined ? undefined : findRun(store, jobId, found.run);
  if (found === undefined || before === undefined) throw fail('PYLON_UNKNOWN_JOB', { id: jobId });
  const kept = before.settings ?? (current === null ? lastGoodSettings(store) : keepSettings(current));
  if (kept === null) throw fail('PYLON_NO_SETTINGS', { pylon: context.name });
  const started = before.intentAt !== null;
  const unexpanded = restoreSettings(kept, current, started ? 'mask' : 'run');
  // An edit of the files does not end what runs already.
  const settings = started ? expandedAfterStart(context, unexpanded) : expandedForRun(context, unexpanded);
  // What is prepared anew has its whole time again: its limit counts from the slot, and what it had prepared is lost.
  if (!started) {
    const at = context.clock.now();
    const deadlineAt = at + (parseDuration(settings.agent.timeout) ?? 0);
    transaction(store, () => {
      if (found.status === 'queued') changeStatus(store, jobId, 'pending', at);
      updateRun(store, jobId, found.run, { settings: kept, deadlineAt });
    });
  }
  const job = findJob(store, jobId) ?? found;
  const run = findRun(store, jobId, found.run) ?? before;
  return { job, run, settings, unexpanded };
}
