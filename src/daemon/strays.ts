/** Containers of this home whose pylon is gone, with its database: nobody else will ever remove them. */
import { existsSync } from 'node:fs';
import path from 'node:path';

import type { Clock } from '../clock.ts';
import { asPylonError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { EngineAddress } from '../protocol/messages.ts';
import type { RunSlots } from '../supervisor/run-slots.ts';
import { listHomeContainers, removeContainer } from '../../workers/engine/docker-containers.ts';

const everyMs = 10 * 60_000;
const strangerAgeMs = 3_600_000;

export interface StrayOptions {
  readonly engine: EngineAddress;
  readonly homeId: string;
  /** `pylons/` of the home. */
  readonly pylons: string;
  readonly slots: RunSlots;
  readonly clock: Clock;
  readonly log: Log;
}

export interface StrayWatch {
  start(): void;
  stop(): Promise<void>;
}

/** Looks at once and then every ten minutes. A directory that is there, readable or not, keeps its containers. */
export function strayWatch(options: StrayOptions): StrayWatch {
  const stopping = new AbortController();
  let timer: { cancel(): void } | undefined;
  let round = Promise.resolve();
  const next = (): void => {
    round = removeStrays(options, stopping.signal).then(() => {
      if (!stopping.signal.aborted) timer = options.clock.after(everyMs, next);
    });
  };
  return {
    start: next,
    async stop() {
      stopping.abort(new Error('the daemon stops'));
      timer?.cancel();
      await round;
    },
  };
}

async function removeStrays(options: StrayOptions, stopping: AbortSignal): Promise<void> {
  const { engine, homeId, pylons, slots, clock, log } = options;
  if (engine.kind !== 'docker') return;
  try {
    for (const container of await listHomeContainers(engine, homeId, stopping)) {
      if (stopping.aborted) return;
      if (existsSync(path.join(pylons, container.pylon))) continue;
      const old = clock.now() - container.createdAt > strangerAgeMs;
      if (container.state !== 'ended' && !old) continue;
      await removeContainer(engine, container.id);
      slots.release(container.jobId);
      log.info(`removed a container of the pylon ${container.pylon}, which is gone`);
    }
  } catch (error) {
    if (!stopping.aborted) log.debug(`could not look for stray containers: ${asPylonError(error).message}`);
  }
}
