/** The images of the pylons' agents, fetched before they are needed. */
import path from 'node:path';

import { sleep } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { asPylonError } from '../errors.ts';
import { readEnvFile } from '../env-file.ts';
import type { Log } from '../log.ts';
import type { EngineAddress } from '../protocol/messages.ts';
import type { Pylon } from '../supervisor/pylon.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { expandVariables, lookupIn } from '../variables.ts';
import { makeEngine } from '../../workers/engine/make-engine.ts';

/** The longest that listening waits for images. */
const patienceMs = 60_000;

export interface ImageOptions {
  readonly supervisor: Supervisor;
  readonly engine: EngineAddress;
  readonly home: string;
  readonly homeId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends what is still being pulled. */
  readonly signal: AbortSignal;
}

/** Pulls what is missing, side by side; resolves when all is there or has failed, or after a minute. Never rejects. */
export async function prepareImages(options: ImageOptions): Promise<void> {
  const { supervisor, engine, home, homeId, clock, log, signal } = options;
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
  const all = Promise.all(pulls).finally(() => hands.close());
  const limit = new AbortController();
  const late = sleep(clock, patienceMs, limit.signal).then(
    () => log.warn('images are still being pulled; listening meanwhile, jobs wait for theirs'),
    () => undefined,
  );
  await Promise.race([all, late]);
  limit.abort(new Error('no more waiting'));
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
