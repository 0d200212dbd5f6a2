/** Notices that a container has ended while its output stream stays open. */
import type { Readable } from 'node:stream';

import type { Clock } from '../../src/clock.ts';
import { PylonError } from '../../src/errors.ts';
import type { DockerConnection } from './docker-connection.ts';
import { inspectContainer, isOver } from './docker-containers.ts';

export interface Watched {
  readonly connection: DockerConnection;
  readonly clock: Clock;
  readonly containerId: string;
  readonly signal: AbortSignal;
}

export interface Watch {
  /** Output has come. */
  saw(): void;
  stop(): void;
}

/** How often a stream that says nothing is doubted. */
const doubtMs = 15_000;

/** Cuts a stream that stays open although its container has ended; engines have been seen to leave one so. */
export function watchForEnd({ connection, containerId, clock, signal }: Watched, stream: Readable): Watch {
  let heard = false;
  let stopped = false;
  const look = async (): Promise<void> => {
    const wasQuiet = !heard;
    heard = false;
    const over = wasQuiet && (await isGoneOrOver(connection, containerId, signal));
    if (stopped) return;
    if (over) stream.destroy(new Error('the container has ended'));
    else timer = clock.after(doubtMs, () => void look());
  };
  let timer = clock.after(doubtMs, () => void look());
  return {
    saw: () => {
      heard = true;
    },
    stop: () => {
      stopped = true;
      timer.cancel();
    },
  };
}

async function isGoneOrOver(connection: DockerConnection, containerId: string, signal: AbortSignal): Promise<boolean> {
  try {
    return isOver(await inspectContainer(connection, containerId, signal));
  } catch (thrown) {
    return thrown instanceof PylonError && thrown.code === 'PYLON_CONTAINER_GONE';
  }
}
