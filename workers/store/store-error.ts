import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import { fail, PylonError, reasonOf } from '../../src/errors.ts';

/**
 * What SQLite threw as an error that a user can act on. It gives no codes, only sentences; those that are known to name
 * a trouble of the disk or the file become PYLON_NOT_STORED (writing), PYLON_DATABASE_DAMAGED or PYLON_DATABASE_LOCKED; the
 * rest is our own fault.
 */
export function storeError(thrown: unknown, file: string, doing: 'reading' | 'writing'): PylonError {
  if (thrown instanceof PylonError) return thrown;
  const reason = reasonOf(thrown);
  if (/malformed|not a database/.test(reason))
    return fail('PYLON_DATABASE_DAMAGED', { file, reason }, { cause: thrown });
  if (/database is locked/.test(reason)) return fail('PYLON_DATABASE_LOCKED', { file }, { cause: thrown });
  if (/disk I\/O error|disk is full|readonly|unable to open/.test(reason)) {
    if (doing === 'reading') return fail('PYLON_DATABASE_DAMAGED', { file, reason }, { cause: thrown });
    return fail('PYLON_NOT_STORED', { reason: diskIsFull(file) ? 'the disk is full' : reason }, { cause: thrown });
  }
  return fail('PYLON_INTERNAL', { reason: `database: ${reason}` }, { cause: thrown });
}

/** Whether the statement alone was refused, the transaction around it being as good as before. */
export function isRefusal(thrown: unknown): boolean {
  return /constraint failed|cannot store/.test(reasonOf(thrown));
}

/** Less than a transaction of a small job needs. */
const nothingLeft = 64 * 1024;

/** SQLite's sentence is the same for a full disk and a broken one. */
function diskIsFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < nothingLeft;
  } catch {
    return false;
  }
}
