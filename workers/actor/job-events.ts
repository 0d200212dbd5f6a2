/**
 * What happens to a job besides its run: each change is one transaction with the messages that it causes, and is told to
 * the supervisor once it is stored.
 */
import path from 'node:path';

import { asPylonError } from '../../src/errors.ts';
import { isEnded } from '../../src/protocol/job.ts';
import type { JobStatus } from '../../src/protocol/job.ts';
import type { ChannelMessage } from '../channel/channel.ts';
import { changeStatus } from '../store/change-status.ts';
import { findJob } from '../store/find-job.ts';
import { findRun } from '../store/find-run.ts';
import { queueDelivery } from '../store/queue-delivery.ts';
import type { RunChanges, RunRecord } from '../store/records.ts';
import { transaction } from '../store/transaction.ts';
import { updateRun } from '../store/update-run.ts';
import { makeChangeNotices } from './change-notices.ts';
import type { ActorContext } from './context.ts';
import type { RunOutcome } from './outcome.ts';
import { removeCheckpoint } from './output-checkpoint.ts';
import { untilEngineAnswers } from './patience.ts';
import type { Patience } from './patience.ts';
import type { Slots } from './slots.ts';

export interface JobEvents {
  /** Tells the supervisor how things stand now that the job is new, or has changed and not ended. */
  changed(jobId: string): void;
  /** Its container has started. Throws where the disk does not take it. */
  started(jobId: string, note?: string): void;
  /** It has come to its end. Throws where the disk does not take it. */
  ended(jobId: string, outcome: RunOutcome): void;
  /** Removes its container, now that its result is stored, and gives its slot back as soon as nothing can run any more. */
  cleanUp(jobId: string, patience: Patience): Promise<void>;
}

/** @param wake called when there is something to deliver */
export function makeJobEvents(context: ActorContext, slots: Slots, wake: () => void): JobEvents {
  const { store, clock } = context;
  const changed = makeChangeNotices(store, context.send);
  const change = (
    jobId: string,
    to: JobStatus,
    run: RunChanges,
    event: ChannelMessage['event'],
    note?: string,
  ): void => {
    const at = clock.now();
    transaction(store, () => {
      changeStatus(store, jobId, to, at, { run, ...(note === undefined ? {} : { note }) });
      deliver(context, jobId, event, at);
    });
    changed(jobId, isEnded(to));
    wake();
  };
  return {
    changed: (jobId) => changed(jobId, false),
    started: (jobId, note) => change(jobId, 'running', { startedAt: clock.now() }, 'job.started', note),
    ended(jobId, { status, ...results }) {
      const found = findJob(store, jobId);
      // A container that ran and ended while nobody looked never had its start noted.
      if (found?.status === 'pending' && status === 'done') this.started(jobId);
      change(jobId, status, { ...results, endedAt: clock.now() }, 'job.ended', results.error ?? undefined);
      context.log.info(`${status}${results.error === null ? '' : `: ${results.error}`}`, { job: jobId });
    },
    async cleanUp(jobId, patience) {
      const job = findJob(store, jobId);
      const run = job === undefined ? undefined : findRun(store, jobId, job.run);
      context.steps.enter(jobId, 'remove');
      // Without an intent nothing was started; with an exit code it has ended. Else it may run until it is removed.
      if (run?.intentAt === null || run?.exitCode !== null) slots.release(jobId);
      const remove = async (): Promise<void> => {
        const container = await context.engine.find(jobId, job?.run ?? 1);
        if (container !== undefined) await context.engine.remove(container.id);
      };
      // A stop waits for a removal that is under way.
      await untilEngineAnswers(remove, { ...patience, abandon: null });
      slots.release(jobId);
      if (run !== undefined) noteRemoved(context, run);
    },
  };
}

/** From now on no successor looks for the container; where the disk does not take that, one will, in vain. */
function noteRemoved({ store, paths, log }: ActorContext, { jobId, run, containerId }: RunRecord): void {
  try {
    if (containerId !== null) transaction(store, () => updateRun(store, jobId, run, { containerId: null }));
    removeCheckpoint(path.join(paths.jobs, jobId), run);
  } catch (error) {
    log.debug(`that its container is removed could not be noted: ${asPylonError(error).message}`, { job: jobId });
  }
}

/** Queues the message of one event, with the job as it stands in this transaction. */
function deliver(context: ActorContext, jobId: string, event: ChannelMessage['event'], at: number): void {
  const job = findJob(context.store, jobId);
  const run = job === undefined ? undefined : findRun(context.store, jobId, job.run);
  if (job === undefined || run === undefined) return;
  const message: Omit<ChannelMessage, 'id'> = {
    event,
    pylon: context.name,
    job_id: jobId,
    run: job.run,
    status: job.status,
    topic: run.topic,
    message: run.message,
    result: run.result,
    error: run.error,
    cost_usd: run.costUsd,
    at: new Date(at).toISOString(),
    payload: null,
  };
  queueDelivery(context.store, { jobId, run: job.run, event, message: JSON.stringify(message), at });
}
