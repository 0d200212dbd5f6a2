/** What kind of machine a container engine runs on. */
import { connectDocker } from './docker-connection.ts';
import type { DockerAddress } from './engine-address.ts';

export interface EnginePlatform {
  /** The engine's release, such as `27.3.1`. */
  readonly version: string;
  /** In Go's words: `linux`, and `amd64` or `arm64`. */
  readonly os: string;
  readonly arch: string;
}

const limitMs = 5_000;

/** Asks the engine. Rejects with PYLON_ENGINE_SILENT, PYLON_ENGINE_REFUSED or the signal's reason. */
export async function enginePlatform(address: DockerAddress, signal?: AbortSignal): Promise<EnginePlatform> {
  const connection = connectDocker(address);
  try {
    const told = await connection.call({ what: 'say what it is', limitMs, signal, run: (docker) => docker.version() });
    return { version: told.Version, os: told.Os, arch: told.Arch };
  } finally {
    connection.close();
  }
}
