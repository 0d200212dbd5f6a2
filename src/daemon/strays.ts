/** Containers of this home that nobody may need any more: removed where their pylon is gone, else shown to it. */
import { existsSync } from 'node:fs';
import path from 'node:path';

import type { Clock } from '../clock.ts';
import { asPylonError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { EngineAddress } from '../protocol/messages.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Container } from '../../workers/engine/engine.ts';
import { listHomeContainers, removeContainer } from '../../workers/engine/docker-containers.ts';

const everyMs = 10 * 60_000;
const strangerAgeMs = 3_600_000;

export interface StrayOptions {
  readonly engine: EngineAddress;
  readonly homeId: string;
  /** `pylons/` of the home. */
  readonly pylons: string;
  readonly supervisor: Supervisor;
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
  const { engine, homeId, pylons, supervisor, log } = options;
  if (engine.kind !== 'docker') return;
  try {
    const all = await listHomeContainers(engine, homeId, stopping);
    for (const name of new Set(all.map((container) => container.pylon))) {
      if (stopping.aborted) return;
      const containers = all.filter((container) => container.pylon === name);
      const pylon = supervisor.find(name);
      // The pylon's thread is told, rather than looking for itself: an idle one then needs nothing to talk to the engine.
      const strange = containers.filter(({ jobId }) => pylon?.jobs.isUnfinished(jobId) !== true);
      if (strange.length > 0) pylon?.send({ type: 'containers', containers: strange });
      if (!existsSync(path.join(pylons, name))) await removeOf(options, containers);
    }
  } catch (error) {
    if (!stopping.aborted) log.debug(`could not look for stray containers: ${asPylonError(error).message}`);
  }
}

/** Their pylon is gone, with its database: nobody else will ever remove them. */
async function removeOf(
  { engine, supervisor, clock, log }: StrayOptions,
  containers: readonly Container[],
): Promise<void> {
  if (engine.kind !== 'docker') return;
  for (const { id, jobId, pylon, state, createdAt } of containers) {
    if (state !== 'ended' && clock.now() - createdAt <= strangerAgeMs) continue;
    await removeContainer(engine, id);
    supervisor.slots.release(jobId);
    log.info(`removed a container of the pylon ${pylon}, which is gone`);
  }
}
