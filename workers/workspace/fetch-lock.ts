import { systemClock, sleep } from '../../src/clock.ts';
import { lockFile, type OsLock } from '../../src/os-lock.ts';
import type { WorkspaceContext } from './workspace.ts';

/**
 * Does `work` while nobody else, in any thread or process, holds `file` (which is made and stays). The system gives the
 * lock back when its holder's thread or process dies. Rejects with the signal's reason where that comes first.
 */
export async function withLock<Result>(
  { signal, log, clock = systemClock }: WorkspaceContext,
  file: string,
  work: () => Promise<Result>,
): Promise<Result> {
  let lock: OsLock | undefined = lockFile(file);
  if (lock === undefined) log?.('waiting for another job that fetches the same repository');
  while (lock === undefined) {
    await sleep(clock, pauseMs, signal);
    lock = lockFile(file);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

const pauseMs = 200;
