/** Removes what nobody needs any more: old rows, expired workspaces, containers and directories that belong to no job. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

import { asPylonError } from '../../src/errors.ts';
import { parseDuration } from '../../src/duration.ts';
import { isEnded } from '../../src/protocol/job.ts';
import { expiredWorkspaces, noteWorkspaceRemoved } from '../store/expired-workspaces.ts';
import { findJob } from '../store/find-job.ts';
import { forgetEvents } from '../store/forget-events.ts';
import { pruneJobs } from '../store/prune-jobs.ts';
import { transaction } from '../store/transaction.ts';
import { removeJobDirectory } from '../workspace/remove.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import type { ActorContext } from './context.ts';

const everyMs = 10 * 60_000;
const strangerAgeMs = 3_600_000;
const rememberEventsMs = 7 * 86_400_000;

export interface Housekeeping {
  /** Begins, at once and then every ten minutes. */
  start(): void;
  /** Resolves when nothing of it goes on. */
  stop(): Promise<void>;
}

/** @param isLive whether this thread works on the job right now: nothing of it is touched */
export function makeHousekeeping(context: ActorContext, isLive: (jobId: string) => boolean): Housekeeping {
  const stopping = new AbortController();
  let timer: { cancel(): void } | undefined;
  let round = Promise.resolve();
  const next = (): void => {
    round = tidy(context, isLive, stopping.signal).then(() => {
      if (!stopping.signal.aborted) timer = context.clock.after(everyMs, next);
    });
  };
  return {
    start: next,
    async stop() {
      stopping.abort(new Error('the pylon stops'));
      timer?.cancel();
      await round;
    },
  };
}

async function tidy(context: ActorContext, isLive: (jobId: string) => boolean, stopping: AbortSignal): Promise<void> {
  const { settings } = context.inForce();
  // A pylon whose file cannot be used is left as it is: how long its jobs are to be kept is not known.
  if (settings === null) return;
  // Each by itself: a silent engine must not keep old rows, nor a full disk old containers.
  const tasks = [
    () => pruneRows(context, settings.jobs),
    () => pruneWorkspaces(context, settings.jobs, isLive),
    () => pruneDirectories(context, isLive),
    () => pruneContainers(context, isLive, stopping),
  ];
  for (const task of tasks) {
    if (stopping.aborted) return;
    try {
      await task();
    } catch (error) {
      if (!stopping.aborted) context.log.warn(`could not tidy up: ${asPylonError(error).message}`);
    }
  }
}

async function pruneRows(context: ActorContext, { keep }: PylonSettings['jobs']): Promise<void> {
  const { store, clock } = context;
  const now = clock.now();
  const keepMs = keep === 'forever' ? null : (parseDuration(keep) ?? null);
  const removed = transaction(store, () => {
    forgetEvents(store, now - rememberEventsMs);
    return keepMs === null ? [] : pruneJobs(store, now - keepMs);
  });
  for (const id of removed) await removeJobDirectory(path.join(context.paths.jobs, id));
}

async function pruneWorkspaces(
  context: ActorContext,
  { keep_workspaces: keep }: PylonSettings['jobs'],
  isLive: (jobId: string) => boolean,
): Promise<void> {
  const { store, clock } = context;
  const before = clock.now() - (parseDuration(keep) ?? 0);
  for (const id of expiredWorkspaces(store, before)) {
    if (isLive(id)) continue;
    for (const part of ['workspace', 'home']) await removeJobDirectory(path.join(context.paths.jobs, id, part));
    transaction(store, () => noteWorkspaceRemoved(store, id));
  }
}

/** A directory without a job is left for an hour: somebody may have put it there to look at it. */
async function pruneDirectories(context: ActorContext, isLive: (jobId: string) => boolean): Promise<void> {
  const names = await readdir(context.paths.jobs).catch(() => []);
  for (const name of names) {
    if (isLive(name) || findJob(context.store, name) !== undefined) continue;
    const directory = path.join(context.paths.jobs, name);
    const status = await lstat(directory).catch(() => undefined);
    if (status === undefined || context.clock.now() - status.ctimeMs < strangerAgeMs) continue;
    await removeJobDirectory(directory);
  }
}

async function pruneContainers(
  context: ActorContext,
  isLive: (jobId: string) => boolean,
  stopping: AbortSignal,
): Promise<void> {
  for (const container of await context.engine.list(stopping)) {
    if (stopping.aborted) return;
    if (isLive(container.jobId)) continue;
    const job = findJob(context.store, container.jobId);
    const old = context.clock.now() - container.createdAt > strangerAgeMs;
    if (job === undefined ? old || container.state === 'ended' : isEnded(job.status)) {
      await context.engine.remove(container.id);
    }
  }
}
