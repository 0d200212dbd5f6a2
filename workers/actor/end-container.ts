/** Ends a running container where something demands it: the run's signal, or a disk limit that is passed. */
import path from 'node:path';

import { sleep } from '../../src/clock.ts';
import { asPylonError } from '../../src/errors.ts';
import { parseSize } from '../../src/duration.ts';
import { sizeOf } from '../workspace/size-guard.ts';
import type { ActorContext } from './context.ts';
import type { StartedRun } from './attend-run.ts';
import { RunEnding, endReasonOf } from './ending.ts';
import { untilEngineAnswers } from './patience.ts';

export interface EndingWatch {
  /** Why the container was made to end; undefined where it was not. */
  reason(): unknown;
  /** No more watching, no more stopping. */
  stop(): void;
}

const diskLookMs = 5_000;
const killGraceMs = 5_000;

/** Watches until `stop`; aborts `left` where the run is left to a successor. */
export function endContainer(
  context: ActorContext,
  run: StartedRun,
  signal: AbortSignal,
  left: AbortController,
): EndingWatch {
  let why: unknown;
  const over = new AbortController();
  const end = (error: unknown): void => {
    if (endReasonOf(error)?.kind === 'left') left.abort(error);
    if (why !== undefined || left.signal.aborted) return;
    why = error;
    const kind = endReasonOf(error)?.kind;
    void stopContainer(context, run, kind === 'killed' || kind === 'lost', over.signal);
  };
  const onAbort = (): void => end(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  void watchDisk(context, run, over.signal, end);
  return {
    reason: () => why,
    stop() {
      signal.removeEventListener('abort', onAbort);
      over.abort();
    },
  };
}

/** Asked until the engine answers: a container that is to end is not forgotten because the engine was away. */
async function stopContainer(context: ActorContext, run: StartedRun, soon: boolean, over: AbortSignal): Promise<void> {
  const { clock, timings, engine } = context;
  const graceMs = soon ? Math.min(killGraceMs, timings.stopGrace) : timings.stopGrace;
  try {
    const stop = (): Promise<void> => engine.stop(run.containerId, graceMs);
    await untilEngineAnswers(stop, { clock, patienceMs: Infinity, signal: over });
  } catch (error) {
    if (over.aborted) return;
    context.log.error(`its container does not stop: ${asPylonError(error).message}`, { job: run.job.id });
  }
}

/** Looks at what the job's directory takes until `over`; calls `end` once where it is too much. */
async function watchDisk(
  context: ActorContext,
  run: StartedRun,
  over: AbortSignal,
  end: (error: RunEnding) => void,
): Promise<void> {
  const limit = run.settings.limits.disk;
  const limitBytes = parseSize(limit) ?? Infinity;
  const directory = path.join(context.paths.jobs, run.job.id);
  try {
    while ((await sizeOf(directory)) <= limitBytes) await sleep(context.clock, diskLookMs, over);
    end(new RunEnding({ kind: 'disk', limit }));
  } catch (error) {
    if (!over.aborted)
      context.log.warn(`cannot see how much disk it takes: ${asPylonError(error).message}`, { job: run.job.id });
  }
}
