/** Removes what nobody needs any more: old rows, expired workspaces, containers and directories that belong to no job. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

import { asPylonError } from '../../src/errors.ts';
import { parseDuration } from '../../src/duration.ts';
import { isEnded } from '../../src/protocol/job.ts';
import type { SeenContainer } from '../../src/protocol/messages.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import { expiredWorkspaces, noteWorkspaceRemoved } from '../store/expired-workspaces.ts';
import { findJob } from '../store/find-job.ts';
import { forgetEvents } from '../store/forget-events.ts';
import { pruneJobs } from '../store/prune-jobs.ts';
import { transaction } from '../store/transaction.ts';
import { removeJobDirectory } from '../workspace/remove.ts';
import type { ActorContext } from './context.ts';

const everyMs = 10 * 60_000;
const strangerAgeMs = 3_600_000;
const rememberEventsMs = 7 * 86_400_000;

export interface Housekeeping {
  /** Begins, at once and then every ten minutes. */
  start(): void;
  /** The engine has these containers of the pylon: those that belong to no job, or to an ended one, are removed. */
  saw(containers: readonly SeenContainer[]): void;
  /** Resolves when nothing of it goes on. */
  stop(): Promise<void>;
}

interface Broom {
  readonly context: ActorContext;
  /** Whether this thread works on the job right now: nothing of it is touched. */
  readonly isLive: (jobId: string) => boolean;
  readonly stopping: AbortSignal;
  /** Does one thing, unless all is to stop. What fails is said, and keeps nothing else from being done. */
  readonly sweep: (work: () => Promise<void>) => Promise<void>;
}

/** @param isLive whether this thread works on the job right now: nothing of it is touched */
export function makeHousekeeping(context: ActorContext, isLive: (jobId: string) => boolean): Housekeeping {
  const stopping = new AbortController();
  const { signal } = stopping;
  const broom: Broom = { context, isLive, stopping: signal, sweep: (work) => sweep(context, signal, work) };
  let timer: { cancel(): void } | undefined;
  let last = Promise.resolve();
  /** One after the other. */
  const next = (work: (jobs: PylonSettings['jobs']) => Promise<void>): Promise<void> => {
    last = last.then(async () => {
      const { settings } = context.inForce();
      // A pylon whose file cannot be used is left as it is: how long its jobs are to be kept is not known.
      if (settings !== null) await broom.sweep(() => work(settings.jobs));
    });
    return last;
  };
  const round = async (): Promise<void> => {
    await next((jobs) => pruneRows(broom, jobs));
    await next((jobs) => pruneWorkspaces(broom, jobs));
    await next(() => pruneDirectories(broom));
    if (!signal.aborted) timer = context.clock.after(everyMs, () => void round());
  };
  return {
    start: () => void round(),
    saw: (containers) => void next(() => pruneContainers(broom, containers)),
    async stop() {
      stopping.abort(new Error('the pylon stops'));
      timer?.cancel();
      await last;
    },
  };
}

async function sweep(context: ActorContext, stopping: AbortSignal, work: () => Promise<void>): Promise<void> {
  if (stopping.aborted) return;
  try {
    await work();
  } catch (error) {
    if (!stopping.aborted) context.log.warn(`could not tidy up: ${asPylonError(error).message}`);
  }
}

async function pruneRows({ context, stopping, sweep }: Broom, { keep }: PylonSettings['jobs']): Promise<void> {
  const { store, clock, paths } = context;
  const now = clock.now();
  const keepMs = keep === 'forever' ? null : (parseDuration(keep) ?? null);
  const removed = transaction(store, () => {
    forgetEvents(store, now - rememberEventsMs);
    return keepMs === null ? [] : pruneJobs(store, now - keepMs);
  });
  for (const id of removed) await sweep(() => removeJobDirectory(path.join(paths.jobs, id), stopping));
}

async function pruneWorkspaces(
  { context, isLive, stopping, sweep }: Broom,
  { keep_workspaces: keep }: PylonSettings['jobs'],
): Promise<void> {
  const { store, clock, paths } = context;
  const before = clock.now() - (parseDuration(keep) ?? 0);
  for (const id of expiredWorkspaces(store, before)) {
    if (isLive(id)) continue;
    await sweep(async () => {
      for (const part of ['workspace', 'home']) await removeJobDirectory(path.join(paths.jobs, id, part), stopping);
      transaction(store, () => noteWorkspaceRemoved(store, id));
    });
  }
}

/** What a job's directory is called. Others are not ours. */
const jobName = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A directory without a job is left for an hour: somebody may have put it there to look at it. */
async function pruneDirectories({ context, isLive, stopping, sweep }: Broom): Promise<void> {
  const names = await readdir(context.paths.jobs).catch(() => []);
  for (const name of names.filter((each) => jobName.test(each))) {
    await sweep(async () => {
      if (isLive(name) || findJob(context.store, name) !== undefined) return;
      const directory = path.join(context.paths.jobs, name);
      const status = await lstat(directory).catch(() => undefined);
      if (status === undefined || context.clock.now() - status.ctimeMs < strangerAgeMs) return;
      await removeJobDirectory(directory, stopping);
    });
  }
}

async function pruneContainers({ context, isLive, sweep }: Broom, containers: readonly SeenContainer[]): Promise<void> {
  for (const { id, jobId, state, createdAt } of containers) {
    await sweep(async () => {
      if (isLive(jobId)) return;
      const job = findJob(context.store, jobId);
      const old = context.clock.now() - createdAt > strangerAgeMs;
      if (job === undefined ? old || state === 'ended' : isEnded(job.status)) await context.engine.remove(id);
    });
  }
}
