/** Runs a program to its end, in a process group that cannot outlast this thread (see `start-in-group.ts`). */
import type { Readable } from 'node:stream';

import { systemClock, type Clock } from '../../src/clock.ts';
import { startInGroup, type GroupCommand, type GroupExit } from './start-in-group.ts';

export interface RunInGroup extends Omit<GroupCommand, 'input'> {
  /** Written to the program's standard input. */
  readonly input?: string | Uint8Array;
  /** Ends the group: SIGTERM, then SIGKILL after `graceMs`. */
  readonly signal: AbortSignal;
  readonly graceMs: number;
  /** How much of each stream is kept: its last so many bytes. */
  readonly maxOutputBytes: number;
  readonly onStdout?: (chunk: Uint8Array) => void;
  readonly onStderr?: (chunk: Uint8Array) => void;
}

export interface RunResult extends GroupExit {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Resolves when the program has ended, whatever its exit code, and nothing of its group is left. Rejects with the signal's
 * reason, after the group has ended, where it was aborted; with a system error where it could not be started.
 */
export async function runInGroup(run: RunInGroup): Promise<RunResult> {
  run.signal.throwIfAborted();
  const child = await startInGroup({ ...run, input: run.input !== undefined });
  const onAbort = (): void => void child.stop(run.graceMs);
  run.signal.addEventListener('abort', onAbort, { once: true });
  if (run.signal.aborted) onAbort();
  const stdout = collect(child.stdout, run.maxOutputBytes, run.onStdout);
  const stderr = collect(child.stderr, run.maxOutputBytes, run.onStderr);
  // A program may end without having read its input.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(run.input);
  try {
    const exit = await child.exited;
    await ended([child.stdout, child.stderr], run.clock ?? systemClock);
    run.signal.throwIfAborted();
    return { ...exit, stdout: stdout(), stderr: stderr() };
  } finally {
    run.signal.removeEventListener('abort', onAbort);
  }
}

function collect(stream: Readable, limit: number, onChunk?: (chunk: Uint8Array) => void): () => string {
  const chunks: Buffer[] = [];
  let held = 0;
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    onChunk?.(chunk);
    chunks.push(chunk);
    held += chunk.length;
    while (held - (chunks[0]?.length ?? 0) >= limit) held -= chunks.shift()?.length ?? 0;
  });
  return () =>
    Buffer.concat(chunks)
      .subarray(Math.max(0, held - limit))
      .toString('utf8');
}

/** What is still in the pipes arrives at once; only a program that left the group can hold them open longer. */
const drainMs = 1_000;

/** Resolves when all streams have closed, closing them after `drainMs`. */
async function ended(streams: readonly Readable[], clock: Clock): Promise<void> {
  const timer = clock.after(drainMs, () => streams.forEach((stream) => stream.destroy()));
  const open = streams.filter((stream) => !stream.closed);
  await Promise.all(open.map((stream) => new Promise<void>((resolve) => stream.once('close', () => resolve()))));
  timer.cancel();
}
