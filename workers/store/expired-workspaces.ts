import { text } from './row.ts';
import type { Store } from './store.ts';

/** Ids of the jobs that ended before `endedBefore` and may still have a workspace. */
export function expiredWorkspaces(store: Store, endedBefore: number): string[] {
  const sql = 'SELECT id FROM jobs WHERE has_workspace = 1 AND ended_at < ? ORDER BY ended_at';
  return store.all(sql, [endedBefore]).map((row) => text(row, 'id'));
}

/** The job's workspace is gone. */
export function noteWorkspaceRemoved(store: Store, id: string): void {
  store.run('UPDATE jobs SET has_workspace = 0 WHERE id = ?', [id]);
}
