/** The images of the pylons' agents, fetched before they are needed. */
import path from 'node:path';

import { sleep } from '../clock.ts';
import { asPylonError } from '../errors.ts';
import { readEnvFile } from '../env-file.ts';
import type { Pylon } from '../supervisor/pylon.ts';
import { expandVariables, lookupIn } from '../variables.ts';
import type { DaemonParts } from './parts.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { makeEngine } from '../../workers/engine/make-engine.ts';

/** The longest that listening waits for images. */
const patienceMs = 60_000;

/** Pulls what is missing, side by side; resolves when all is there or has failed, or after a minute. Never rejects. */
export async function prepareImages(parts: DaemonParts): Promise<void> {
  const { supervisor, engine, homeId, clock, stopping: signal } = parts;
  const { log } = parts.output;
  const { home } = parts.paths;
  if (engine.kind !== 'docker') return;
  const images = new Set(supervisor.pylons.filter((pylon) => pylon.accepting).map(imageOf));
  const group = { started: () => undefined, ended: () => undefined };
  const hands = makeEngine(engine, { homeId, home, pylon: '', log, clock, group });
  const pulls = [...images]
    .filter((image) => image !== undefined)
    .map(async (image) => {
      try {
        await hands.ensureImage(image, signal, (line) => log.info(line));
      } catch (error) {
        if (!signal.aborted) log.warn(`${asPylonError(error).message} Jobs that need it fail until it is there.`);
      }
    });
  const all = closing(pulls, hands);
  const limit = new AbortController();
  const late = sleep(clock, patienceMs, limit.signal).then(
    () => log.warn('images are still being pulled; listening meanwhile, jobs wait for theirs'),
    () => undefined,
  );
  await Promise.race([all, late]);
  limit.abort(new Error('no more waiting'));
}

async function closing(pulls: readonly Promise<void>[], hands: Engine): Promise<void> {
  await Promise.all(pulls);
  await hands.close();
}

/** undefined where it takes a variable that is gone since: the job that needs it will say so. */
function imageOf({ settings, file, paths }: Pylon): string | undefined {
  const image = settings?.agent.image;
  if (image === undefined) return undefined;
  try {
    const own = readEnvFile(path.join(paths.directory, '.env')).values;
    return expandVariables(image, lookupIn(own, file.variables.process, file.variables.home));
  } catch {
    return undefined;
  }
}
