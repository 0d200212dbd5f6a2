/** The containers of this home that run already, so that no slot is given away that one of them uses. */
import { asPylonError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { EngineAddress } from '../protocol/messages.ts';
import type { RunSlots } from '../supervisor/run-slots.ts';
import { listHomeContainers } from '../../workers/engine/docker-containers.ts';

/** Takes their slots. An engine that does not answer can start nothing either: the databases then say what may be running. */
export async function holdRunning(engine: EngineAddress, homeId: string, slots: RunSlots, log: Log): Promise<void> {
  if (engine.kind !== 'docker') return;
  try {
    for (const { jobId, pylon, state } of await listHomeContainers(engine, homeId)) {
      if (state === 'running') slots.hold(jobId, pylon);
    }
  } catch (error) {
    log.warn(`${asPylonError(error).message} Pylon starts all the same; jobs wait for the engine.`);
  }
}
