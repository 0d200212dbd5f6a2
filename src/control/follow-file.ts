/** Reads a file that another part of the daemon is still writing: a job's `agent.log`. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import { fail, reasonOf } from '../errors.ts';

export interface FollowOptions {
  /** Whether nothing more will be written. Asked again and again; what was written before it turned true is still read. */
  readonly ended: () => boolean;
  readonly clock: Clock;
  /** Ends the wait; the iteration then throws the signal's reason. */
  readonly signal: AbortSignal;
}

/** How soon new text is noticed, in ms: what a person takes for "at once", and cheap enough for many followers. */
const pollEvery = 150;

/**
 * The bytes of `file` from its start until it has ended and all was read. Waits for a file that is not there yet; one
 * that never comes is empty. Opens no links, pipes or devices: rejects with PYLON_LOG_UNREADABLE.
 */
export async function* followFile(file: string, options: FollowOptions): AsyncGenerator<Buffer, void, void> {
  const handle = await openOnceThere(file, options);
  if (handle === undefined) return;
  try {
    let position = 0;
    for (;;) {
      // Asked before reading: whatever was written until then is seen by the read that follows.
      const last = options.ended();
      for await (const chunk of readFrom(handle, position)) {
        options.signal.throwIfAborted();
        position += chunk.length;
        yield chunk;
      }
      if (last) return;
      await sleep(options.clock, pollEvery, options.signal);
    }
  } finally {
    await handle.close();
  }
}

/** Rejects with PYLON_LOG_UNREADABLE where `followFile` would; a file that is not there yet is fine. */
export async function assertFollowable(file: string): Promise<void> {
  const handle = await openPlain(file);
  await handle?.close();
}

async function openOnceThere(file: string, options: FollowOptions): Promise<FileHandle | undefined> {
  for (;;) {
    options.signal.throwIfAborted();
    const last = options.ended();
    const handle = await openPlain(file);
    if (handle !== undefined || last) return handle;
    await sleep(options.clock, pollEvery, options.signal);
  }
}

async function openPlain(file: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK the opening of a pipe would wait for a writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw fail('PYLON_LOG_UNREADABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw fail('PYLON_LOG_UNREADABLE', { file, reason: 'it is not a regular file' });
}

async function* readFrom(handle: FileHandle, position: number): AsyncGenerator<Buffer, void, void> {
  for (let at = position; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(64 * 1024), 0, 64 * 1024, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
