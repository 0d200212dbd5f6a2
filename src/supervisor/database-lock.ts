/** The operating system's lock on a pylon's database, held for as long as its thread may write. */
import { sleep } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { fail, reasonOf } from '../errors.ts';
import { lockDatabase } from '../os-lock.ts';
import type { DatabaseLock } from '../os-lock.ts';

/** A command that read without a daemon may have the file open for a moment. */
const patienceMs = 5_000;
const pauseMs = 100;

/** Waits up to 5 s for whoever has it. @throws PYLON_DATABASE_LOCKED, PYLON_DATABASE_UNUSABLE, or the signal's reason */
export async function acquireDatabaseLock(file: string, clock: Clock, signal: AbortSignal): Promise<DatabaseLock> {
  for (let waited = 0; ; waited += pauseMs) {
    signal.throwIfAborted();
    const lock = tryToLock(file);
    if (lock !== undefined) return lock;
    if (waited >= patienceMs) throw fail('PYLON_DATABASE_LOCKED', { file });
    await sleep(clock, pauseMs, signal);
  }
}

function tryToLock(file: string): DatabaseLock | undefined {
  try {
    return lockDatabase(file);
  } catch (error) {
    throw fail('PYLON_DATABASE_UNUSABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}
