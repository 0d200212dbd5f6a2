import { asStatus, asTrigger } from './job-status.ts';
import type { JobRecord } from './records.ts';
import { flag, number, numberOrNull, type Row, text, textOrNull } from './row.ts';
import type { Store } from './store.ts';

/** The job with exactly this id. */
export function findJob(store: Store, id: string): JobRecord | undefined {
  const [row] = store.all(`${selectJobRecords} WHERE jobs.id = ?`, [id]);
  return row && toJobRecord(store, row);
}

/** To be followed by WHERE or ORDER BY; its rows are for `toJobRecord`. */
export const selectJobRecords = `
  SELECT jobs.*, runs.error, requests.headers
  FROM jobs
  JOIN runs ON runs.job = jobs.seq AND runs.run = jobs.run
  LEFT JOIN requests ON requests.job = jobs.seq`;

export function toJobRecord(store: Store, row: Row): JobRecord {
  const seq = number(row, 'seq');
  return {
    id: text(row, 'id'),
    pylon: text(row, 'pylon'),
    status: asStatus(row, 'status'),
    trigger: asTrigger(row, 'trigger'),
    run: number(row, 'run'),
    deaths: number(row, 'deaths'),
    countsAsQueued: flag(row, 'counts_as_queued'),
    hasWorkspace: flag(row, 'has_workspace'),
    createdAt: number(row, 'created_at'),
    scheduledAt: numberOrNull(row, 'scheduled_at'),
    parent: textOrNull(row, 'parent'),
    eventId: textOrNull(row, 'event_id'),
    error: textOrNull(row, 'error'),
    headers: JSON.parse(textOrNull(row, 'headers') ?? '{}') as Record<string, string>,
    // Megabytes, times all that is queued: not held longer than somebody looks at it.
    get payload() {
      return readPayload(store, seq);
    },
  };
}

/** What the job in row `seq` was sent, or null where nothing of it was kept. */
export function readPayload(store: Store, seq: number): string | null {
  const [row] = store.all('SELECT payload FROM requests WHERE job = ?', [seq]);
  return row === undefined ? null : textOrNull(row, 'payload');
}
