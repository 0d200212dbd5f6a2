import { text } from './row.ts';
import type { Store } from './store.ts';

/** Ids of the jobs that have ended and whose container was not seen to be removed. */
export function endedWithContainer(store: Store): string[] {
  const sql = `
    SELECT jobs.id FROM runs JOIN jobs ON jobs.seq = runs.job AND jobs.run = runs.run
    WHERE runs.container_id IS NOT NULL AND jobs.ended_at IS NOT NULL`;
  return store.all(sql).map((row) => text(row, 'id'));
}
