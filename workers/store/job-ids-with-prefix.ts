import { text } from './row.ts';
import type { Store } from './store.ts';

/** Ids that begin with exactly `prefix` (no character of it is a wildcard), in their own order, `limit` at most. */
export function jobIdsWithPrefix(store: Store, prefix: string, limit: number): string[] {
  const sql = 'SELECT id FROM jobs WHERE id >= ? AND id < ? ORDER BY id LIMIT ?';
  return store.all(sql, [prefix, `${prefix}${lastCharacter}`, limit]).map((row) => text(row, 'id'));
}

/** Comes after everything that an id may go on with. */
const lastCharacter = '\u{10ffff}';
