/** Jobs as `pylon jobs` shows them to people. */
import type { JobListing, JobStatus } from '../protocol/job.ts';
import { shortId } from '../protocol/job.ts';
import type { Column } from './table.ts';
import { table } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { ago, durationOf } from './times.ts';

/** One line a job, ending in a newline. */
export function jobTable(jobs: readonly JobListing[], terminal: Terminal, now: number): string {
  return table(jobs, columnsAt(now), terminal);
}

const statusStyles: Readonly<Record<JobStatus, Style>> = {
  awaiting_approval: 'yellow',
  queued: 'yellow',
  pending: 'cyan',
  running: 'cyan',
  done: 'green',
  failed: 'red',
  timeout: 'red',
  killed: 'red',
  dismissed: 'dim',
  rejected: 'dim',
};

export function statusStyle(status: JobStatus): Style {
  return statusStyles[status];
}

/** `$0.0312`, or nothing where no cost is known. */
export function costOf(cost: number | null): string {
  return cost === null ? '' : `$${cost.toFixed(cost < 1 ? 4 : 2)}`;
}

function columnsAt(now: number): readonly Column<JobListing>[] {
  return [
    { title: 'JOB', text: (job) => shortId(job.id), style: () => 'bold' },
    { title: 'PYLON', text: (job) => job.pylon, shrinksTo: 8 },
    { title: 'STATUS', text: (job) => job.status, style: (job) => statusStyle(job.status) },
    { title: 'TRIGGER', text: (job) => job.trigger, leaveOut: 3 },
    { title: 'RUN', text: (job) => (job.run > 1 ? String(job.run) : ''), side: 'right', leaveOut: 4 },
    { title: 'CREATED', text: (job) => ago(job.created_at, now), leaveOut: 1 },
    { title: 'TOOK', text: (job) => durationOf(job, now), side: 'right', leaveOut: 2 },
    { title: 'COST', text: (job) => costOf(job.cost_usd), side: 'right', leaveOut: 5 },
    { title: 'ERROR', text: (job) => job.error ?? '', shrinksTo: 12, leaveOut: 2 },
  ];
}
