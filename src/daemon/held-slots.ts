/** The containers of this home that run already, so that no slot is given away that one of them uses. */
import { asPylonError } from '../errors.ts';
import type { DaemonParts } from './parts.ts';
import { listHomeContainers } from '../../workers/engine/docker-containers.ts';

/** Takes their slots. An engine that does not answer can start nothing either: the databases then say what may be running. */
export async function holdRunning({ engine, homeId, supervisor, output, stopping }: DaemonParts): Promise<void> {
  if (engine.kind !== 'docker') return;
  try {
    for (const { jobId, pylon, state } of await listHomeContainers(engine, homeId, stopping)) {
      if (state === 'running') supervisor.slots.hold(jobId, pylon);
    }
  } catch (error) {
    if (!stopping.aborted)
      output.log.warn(`${asPylonError(error).message} Pylon starts all the same; jobs wait for the engine.`);
  }
}
