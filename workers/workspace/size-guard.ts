import { systemClock } from '../../src/clock.ts';
import { formatSize } from '../../src/duration.ts';
import { fail } from '../../src/errors.ts';
import { diskUsage } from './disk-usage.ts';
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
  const before = await diskUsage(directory, signal);
  const tooLarge = new AbortController();
  let ended = false;
  const look = async (): Promise<void> => {
    const startedAt = clock.now();
    if ((await diskUsage(directory, signal)) - before > maxBytes) {
      const error = fail('PYLON_WORKSPACE_TOO_LARGE', { repo: showRepo(repo), limit: formatSize(maxBytes) });
      tooLarge.abort(error);
    } else if (!ended) {
      // Counting a large tree takes a while itself: it must not become most of the work.
      timer = clock.after(Math.max(shortestPause, 4 * (clock.now() - startedAt)), lookSoon);
    }
  };
  // It only rejects where the work is aborted too, which tells why.
  const lookSoon = (): void => void look().catch(() => undefined);
  let timer = clock.after(shortestPause, lookSoon);
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
