/** The output of a child process as one ordered sequence of chunks. */
import { PassThrough, type Readable } from 'node:stream';

import type { Clock } from '../../src/clock.ts';
import type { GroupProcess } from '../child/start-in-group.ts';
import type { Exit, OutputChunk } from './engine.ts';

export interface ProcessOutput {
  /**
   * Hands on what comes from now on; what was handed on before is not kept. Resolves when the process has ended and its
   * output is exhausted; rejects with the signal's reason, or with what `onChunk` throws.
   */
  follow(onChunk: (chunk: OutputChunk) => void | Promise<void>, signal: AbortSignal): Promise<Exit>;
}

/** How long pipes that something outside the group still holds open may be quiet after the process has ended. */
const quietMs = 1_000;

/** Begins to hold the output of `child`, of which `exit` tells the end, until somebody follows it. */
export function makeProcessOutput(child: GroupProcess, exit: Promise<Exit>, clock: Clock): ProcessOutput {
  // Node throws away what waits in a child's own streams when it exits before anybody reads them.
  const stdout = held(child.stdout);
  const stderr = held(child.stderr);
  let count = 0;
  return {
    async follow(onChunk, signal) {
      let turn: Promise<void> = Promise.resolve();
      const activity = { taken: 0, busy: 0 };
      // Both streams are read at once, but only one chunk is handed on at a time.
      const take = (stream: OutputChunk['stream'], bytes: Uint8Array): Promise<void> => {
        activity.busy += 1;
        turn = turn.then(async () => {
          signal.throwIfAborted();
          count += 1;
          await onChunk({ stream, bytes, position: String(count).padStart(12, '0') });
          activity.busy -= 1;
          activity.taken += 1;
        });
        return turn;
      };
      const over = new AbortController();
      void exit.then(() => cutWhenQuiet([child.stdout, child.stderr], activity, clock, over.signal));
      try {
        await Promise.all([
          pump(stdout, (bytes) => take('stdout', bytes), signal),
          pump(stderr, (bytes) => take('stderr', bytes), signal),
        ]);
        return await exit;
      } finally {
        over.abort();
      }
    },
  };
}

function held(source: Readable): Readable {
  const holder = source.pipe(new PassThrough());
  source.on('error', () => undefined);
  // Also where it was closed before its end.
  source.once('close', () => holder.end());
  return holder;
}

/** Reads `stream` to its end, waiting for each chunk to be taken. The stream is left open when the signal aborts. */
function pump(stream: Readable, take: (bytes: Uint8Array) => Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      stream.pause();
      stream.off('data', onData).off('close', onClose).off('error', onClose);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    let taking: Promise<void> = Promise.resolve();
    const onClose = (): void => settle(() => void taking.then(resolve, reject));
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    const onData = (bytes: Buffer): void => {
      stream.pause();
      taking = take(bytes);
      taking.then(
        () => signal.aborted || stream.resume(),
        (thrown: unknown) => settle(() => reject(thrown instanceof Error ? thrown : new Error(String(thrown)))),
      );
    };
    if (signal.aborted) return reject(signal.reason as Error);
    if (stream.closed) return resolve();
    stream.on('data', onData).once('close', onClose).once('error', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    stream.resume();
  });
}

/** Closes `streams` once nothing has come from them for a while. */
function cutWhenQuiet(
  streams: readonly Readable[],
  activity: { readonly taken: number; readonly busy: number },
  clock: Clock,
  over: AbortSignal,
): void {
  if (over.aborted) return;
  let last = activity.taken;
  const look = (): void => {
    if (activity.busy === 0 && activity.taken === last) {
      for (const stream of streams) stream.destroy();
      return;
    }
    last = activity.taken;
    timer = clock.after(quietMs, look);
  };
  let timer = clock.after(quietMs, look);
  over.addEventListener('abort', () => timer.cancel(), { once: true });
}
