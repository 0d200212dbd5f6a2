import { locateJob } from './locate-job.ts';
import type { Store } from './store.ts';

/** Adds a line to a job's timeline that changes no status. */
export function addNote(store: Store, jobId: string, run: number, at: number, note: string): void {
  const { seq } = locateJob(store, jobId);
  store.run('INSERT INTO history (job, run, at, status, note) VALUES (?, ?, ?, NULL, ?)', [seq, run, at, note]);
}
