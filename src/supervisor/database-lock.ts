/** The operating system's lock on a pylon's database, held for as long as its thread may write. */
import { sleep } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { fail } from '../errors.ts';
import { lockDatabase } from '../os-lock.ts';
import type { DatabaseLock } from '../os-lock.ts';

/** A command that read without a daemon may have the file open for a moment. */
const patienceMs = 5_000;

/** Waits up to 5 s for whoever has it. @throws PYLON_DATABASE_LOCKED */
export async function acquireDatabaseLock(file: string, clock: Clock): Promise<DatabaseLock> {
  const started = clock.now();
  for (;;) {
    const lock = lockDatabase(file);
    if (lock !== undefined) return lock;
    if (clock.now() - started >= patienceMs) throw fail('PYLON_DATABASE_LOCKED', { file });
    await sleep(clock, 100);
  }
}
