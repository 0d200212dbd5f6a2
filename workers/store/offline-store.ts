import { existsSync } from 'node:fs';

import { fail, reasonOf } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import { lockDatabase, type OsLock } from '../../src/os-lock.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

/**
 * Gives `use` (synchronous) the database `file` while no daemon serves it, and closes it again. A file that does not exist
 * is an empty database, and is not made. Throws PYLON_DATABASE_LOCKED where somebody else is at work in it, and whatever
 * `openStore` throws.
 */
export function withOfflineStore<T>(file: string, use: (store: Store) => T, options: { readonly log?: Log } = {}): T {
  if (!existsSync(file)) return closingAfter(openStore(':memory:', options), use);
  const lock = takeLock(file);
  try {
    return closingAfter(openStore(file, options), use);
  } finally {
    lock.release();
  }
}

function takeLock(file: string): OsLock {
  let lock: OsLock | undefined;
  try {
    lock = lockDatabase(file);
  } catch (error) {
    throw fail('PYLON_DATABASE_UNUSABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
  if (lock === undefined) throw fail('PYLON_DATABASE_LOCKED', { file });
  return lock;
}

function closingAfter<T>(store: Store, use: (store: Store) => T): T {
  try {
    return use(store);
  } finally {
    store.close();
  }
}
