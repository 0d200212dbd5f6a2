/** Images made of files of this machine: without a registry, and without a Dockerfile. */
import type { Readable } from 'node:stream';

import { fail, PylonError, reasonOf } from '../../src/errors.ts';
import { connectDocker, statusOf } from './docker-connection.ts';
import { followProgress } from './docker-image.ts';
import type { DockerAddress } from './engine-address.ts';

export interface LocalImage {
  readonly repository: string;
  readonly tag: string;
  /** Its files, as a tar archive. */
  readonly files: Readable;
  /** What a Dockerfile would say beyond its files, a line each: `ENV PATH=/bin`, `LABEL a=b`. */
  readonly changes: readonly string[];
}

/** For a hundred megabytes on a slow disk. */
const importLimitMs = 120_000;

/** Makes the image. Cannot be cut short: when this settles, the image is there or will never be. */
export async function importImage(address: DockerAddress, image: LocalImage): Promise<void> {
  const { repository, tag, files, changes } = image;
  const what = `make the image ${repository}:${tag}`;
  const connection = connectDocker(address);
  try {
    const unreadable = new Promise<never>((_resolve, reject) => files.once('error', reject));
    const report = connection.call({
      what,
      limitMs: importLimitMs,
      run: (docker) => docker.importImage(files, { repo: repository, tag, changes }),
    });
    const stream = (await Promise.race([report, unreadable])) as Readable;
    await followProgress(stream, AbortSignal.timeout(importLimitMs), () => undefined);
  } catch (thrown) {
    if (thrown instanceof PylonError) throw thrown;
    throw fail('PYLON_ENGINE_REFUSED', { what, reason: reasonOf(thrown) }, { cause: thrown });
  } finally {
    files.destroy();
    connection.close();
  }
}

const removeLimitMs = 30_000;

/** Removes the image `name`. Harmless where there is none. */
export async function removeImage(address: DockerAddress, name: string): Promise<void> {
  const connection = connectDocker(address);
  try {
    await connection.call({
      what: `remove the image ${name}`,
      limitMs: removeLimitMs,
      run: (docker) => docker.getImage(name).remove({ force: true }),
    });
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown;
  } finally {
    connection.close();
  }
}
