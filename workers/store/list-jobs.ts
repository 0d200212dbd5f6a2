import type { JobListing } from '../../src/protocol/job.ts';
import { asStatus, asTrigger } from './job-status.ts';
import { moment, momentOrNull, number, numberOrNull, type Row, text, textOrNull } from './row.ts';
import type { Store } from './store.ts';

/** The newest `limit` jobs, newest first. */
export function listJobs(store: Store, limit: number): JobListing[] {
  return store.all(`${selectListings} ORDER BY jobs.seq DESC LIMIT ?`, [limit]).map(toListing);
}

/** One job as it is listed. */
export function jobListing(store: Store, id: string): JobListing | undefined {
  return store.all(`${selectListings} WHERE jobs.id = ?`, [id]).map(toListing)[0];
}

/** Reads small columns only, whatever the jobs were sent and said. */
const selectListings = `
  SELECT jobs.id, jobs.pylon, jobs.status, jobs.trigger, jobs.run, jobs.created_at, jobs.parent,
    runs.started_at, runs.ended_at, runs.cost_usd, runs.error
  FROM jobs
  JOIN runs ON runs.job = jobs.seq AND runs.run = jobs.run`;

function toListing(row: Row): JobListing {
  const startedAt = numberOrNull(row, 'started_at');
  const endedAt = numberOrNull(row, 'ended_at');
  return {
    id: text(row, 'id'),
    pylon: text(row, 'pylon'),
    status: asStatus(row, 'status'),
    trigger: asTrigger(row, 'trigger'),
    run: number(row, 'run'),
    created_at: moment(row, 'created_at'),
    started_at: momentOrNull(row, 'started_at'),
    ended_at: momentOrNull(row, 'ended_at'),
    // The clock may have been set back meanwhile.
    duration_ms: startedAt === null || endedAt === null ? null : Math.max(0, endedAt - startedAt),
    cost_usd: numberOrNull(row, 'cost_usd'),
    error: textOrNull(row, 'error'),
    parent: textOrNull(row, 'parent'),
  };
}
