/** Ends a running container where something demands it: the run's signal, or a disk limit that is passed. */
import path from 'node:path';

import { sleep } from '../../src/clock.ts';
import { asPylonError } from '../../src/errors.ts';
import { parseSize } from '../../src/duration.ts';
import type { ActorContext } from './context.ts';
import type { StartedRun } from './attend-run.ts';
import { endReasonOf } from './ending.ts';
import type { EndReason } from './ending.ts';
import { diskUsage } from '../workspace/disk-usage.ts';
import { untilEngineAnswers } from './patience.ts';

export interface EndingWatch {
  /** Why the container was made to end; undefined where it was not. */
  reason(): EndReason | undefined;
  /** No more watching, no more stopping. */
  stop(): void;
}

const diskLookMs = 5_000;
const killGraceMs = 5_000;

/** Watches until `stop`. */
export function endContainer(context: ActorContext, run: StartedRun, signal: AbortSignal): EndingWatch {
  let why: EndReason | undefined;
  const over = new AbortController();
  const end = (reason: EndReason | undefined): void => {
    if (reason === undefined || why !== undefined) return;
    why = reason;
    void stopContainer(context, run, reason.kind === 'killed' || reason.kind === 'lost', over.signal);
  };
  const onAbort = (): void => end(endReasonOf(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  void watchDisk(context, run, over.signal, end);
  return {
    reason: () => why,
    stop() {
      signal.removeEventListener('abort', onAbort);
      over.abort(new Error('the run is over'));
    },
  };
}

const againMs = 5_000;

/** Asked until it has stopped: a container that is to end is not forgotten because the engine was away, or refused. */
async function stopContainer(context: ActorContext, run: StartedRun, soon: boolean, over: AbortSignal): Promise<void> {
  const { clock, timings, engine } = context;
  const graceMs = soon ? Math.min(killGraceMs, timings.stopGrace) : timings.stopGrace;
  const stop = (): Promise<void> => engine.stop(run.containerId, graceMs);
  for (let attempt = 1; !over.aborted; attempt += 1) {
    try {
      await untilEngineAnswers(stop, { clock, patienceMs: Infinity, signal: over });
      return;
    } catch (error) {
      if (over.aborted) return;
      if (attempt === 1)
        context.log.error(`its container does not stop: ${asPylonError(error).message}`, { job: run.job.id });
    }
    await sleep(clock, againMs, over).catch(() => undefined);
  }
}

/** Looks at what the job's directory takes until `over`; calls `end` once where it is too much. */
async function watchDisk(
  context: ActorContext,
  run: StartedRun,
  over: AbortSignal,
  end: (reason: EndReason) => void,
): Promise<void> {
  const limit = run.settings.limits.disk;
  const limitBytes = parseSize(limit) ?? Infinity;
  const directory = path.join(context.paths.jobs, run.job.id);
  try {
    while ((await diskUsage(directory, over)) <= limitBytes) await sleep(context.clock, diskLookMs, over);
    end({ kind: 'disk', limit });
  } catch (error) {
    if (!over.aborted)
      context.log.warn(`cannot see how much disk it takes: ${asPylonError(error).message}`, { job: run.job.id });
  }
}
