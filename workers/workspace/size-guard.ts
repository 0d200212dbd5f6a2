import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../../src/clock.ts';
import { formatSize } from '../../src/duration.ts';
import { fail } from '../../src/errors.ts';
import { showRepo } from './remote.ts';
import type { WorkspaceContext } from './workspace.ts';

/**
 * Does `work` with a context whose signal also aborts when `directory` has grown by more than `context.maxBytes` since the
 * beginning. Rejects with PYLON_WORKSPACE_TOO_LARGE then, also where it was only seen at the end.
 */
export async function guardSize<Result>(
  context: WorkspaceContext,
  directory: string,
  repo: string,
  work: (guarded: WorkspaceContext) => Promise<Result>,
): Promise<Result> {
  const { maxBytes, clock = systemClock, signal } = context;
  if (maxBytes === undefined || maxBytes === Infinity) return work(context);
  const before = await sizeOf(directory);
  const tooLarge = new AbortController();
  let ended = false;
  const look = async (): Promise<void> => {
    const startedAt = clock.now();
    if ((await sizeOf(directory)) - before > maxBytes) {
      const error = fail('PYLON_WORKSPACE_TOO_LARGE', { repo: showRepo(repo), limit: formatSize(maxBytes) });
      tooLarge.abort(error);
    } else if (!ended) {
      // Counting a large tree takes a while itself: it must not become most of the work.
      timer = clock.after(Math.max(shortestPause, 4 * (clock.now() - startedAt)), () => void look());
    }
  };
  let timer = clock.after(shortestPause, () => void look());
  try {
    const result = await work({ ...context, signal: AbortSignal.any([signal, tooLarge.signal]) });
    ended = true;
    await look();
    tooLarge.signal.throwIfAborted();
    return result;
  } finally {
    ended = true;
    timer.cancel();
  }
}

const shortestPause = 500;

/** Bytes on disk of everything below `path`, links themselves counted and none followed; what vanishes meanwhile is nothing. */
export async function sizeOf(path: string): Promise<number> {
  let total = 0;
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const directory = next;
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (entry.isDirectory()) waiting.push(join(directory, entry.name));
    const sizes = await Promise.all(
      entries.map((entry) =>
        lstat(join(directory, entry.name)).then(
          (stats) => stats.blocks * 512,
          () => 0,
        ),
      ),
    );
    total += sizes.reduce((sum, size) => sum + size, 0);
  }
  return total;
}
