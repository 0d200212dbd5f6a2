/** Makes sure that an agent's image is on this machine. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { fail } from '../../src/errors.ts';
import { engineReason, isEngineSilent, statusOf, type DockerConnection } from './docker-connection.ts';

const inspectLimitMs = 10_000;
/** Until a registry's first word. How long the rest may take is the caller's to say. */
const pullLimitMs = 60_000;

/** Roughly a reference (`host:port/path/name:tag@digest`): nothing that would change the meaning of a URL. */
const imageForm = /^[A-Za-z0-9][A-Za-z0-9._:@/-]*$/;

/**
 * Pulls `image` where it is missing, telling `progress` each step of each layer once. Images named `pylon/…` are never
 * pulled. Rejects with PYLON_IMAGE_MISSING, PYLON_ENGINE_SILENT or the signal's reason.
 */
export async function ensureImage(
  connection: DockerConnection,
  image: string,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  if (!imageForm.test(image) || image.includes('..')) {
    throw fail('PYLON_IMAGE_MISSING', { image, reason: 'that cannot be the name of an image' });
  }
  if (await hasImage(connection, image, signal)) return;
  if (image.startsWith('pylon/')) {
    throw fail('PYLON_IMAGE_MISSING', {
      image,
      reason: 'it is one that Pylon builds itself and never pulls, and it has not been built',
    });
  }
  try {
    await pull(connection, image, signal, progress);
  } catch (thrown) {
    if (signal.aborted || isEngineSilent(thrown)) throw thrown;
    const reason = `there is no such image on this machine, and pulling it failed (${engineReason(thrown)})`;
    throw fail('PYLON_IMAGE_MISSING', { image, reason }, { cause: thrown });
  }
}

async function hasImage(connection: DockerConnection, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await connection.call({
      what: `look at the image ${image}`,
      limitMs: inspectLimitMs,
      signal,
      run: (docker) => docker.getImage(image).inspect(),
    });
    return true;
  } catch (thrown) {
    const status = statusOf(thrown);
    if (status === 404) return false;
    if (status === 400) throw fail('PYLON_IMAGE_MISSING', { image, reason: engineReason(thrown) }, { cause: thrown });
    throw thrown;
  }
}

async function pull(
  connection: DockerConnection,
  image: string,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  const stream = (await connection.call({
    what: `pull ${image}`,
    limitMs: pullLimitMs,
    signal,
    run: (docker, abortSignal) => docker.pull(image, { abortSignal }),
  })) as Readable;
  await followProgress(stream, signal, progress);
}

/** Reads the engine's report on an image in the making to its end. Rejects with what went wrong, or the signal's reason. */
export async function followProgress(
  stream: Readable,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  const onAbort = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error as Error));
  try {
    await Promise.race([readProgress(stream, progress), failed]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stream.destroy();
    // The race may be over before the stream's end is known.
    failed.catch(() => undefined);
  }
}

/** The stream is one JSON object a line; an error arrives in it, after the status 200. */
async function readProgress(stream: Readable, progress: (line: string) => void): Promise<void> {
  const told = new Map<string, string>();
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const { id = '', status = '', error } = parseEvent(line);
    if (error !== undefined) throw new Error(error);
    if (status === '' || told.get(id) === status) continue;
    told.set(id, status);
    progress(id === '' ? status : `${id}: ${status}`);
  }
}

function parseEvent(line: string): { id?: string; status?: string; error?: string } {
  const event: unknown = line.trim() === '' ? {} : JSON.parse(line);
  const field = (name: string): string | undefined => {
    const value = typeof event === 'object' && event !== null ? (event as Record<string, unknown>)[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const [id, status, error] = [field('id'), field('status'), field('error')];
  return {
    ...(id === undefined ? {} : { id }),
    ...(status === undefined ? {} : { status }),
    ...(error === undefined ? {} : { error }),
  };
}
