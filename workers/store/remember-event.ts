import type { Store } from './store.ts';

/** Remembers a sender's delivery id, the `eventId` of job `jobId`, from `at`; a job that had it before loses it. */
export function rememberEvent(store: Store, eventId: string, jobId: string, at: number): void {
  store.run('INSERT OR REPLACE INTO events (id, job_id, at) VALUES (?, ?, ?)', [eventId, jobId, at]);
}
