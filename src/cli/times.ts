/** Times as people read them. */
import { formatDuration } from '../duration.ts';
import type { JobListing } from '../protocol/job.ts';

/** `just now`, `3m ago`, `5h ago`, `2d ago`; older than a month the local date. */
export function ago(at: string, now: number): string {
  const then = Date.parse(at);
  const seconds = Math.max(0, Math.floor((now - then) / 1_000));
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)}d ago`;
  return localTime(at).slice(0, 10);
}

/** `2026-11-21 01:53:43` in the machine's time zone. */
export function localTime(at: string): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}

/** How long the latest run took, or takes by now; empty before it starts. */
export function durationOf(job: Pick<JobListing, 'duration_ms' | 'started_at' | 'ended_at'>, now: number): string {
  if (job.duration_ms !== null) return formatDuration(job.duration_ms);
  if (job.started_at === null || job.ended_at !== null) return '';
  const seconds = Math.floor((now - Date.parse(job.started_at)) / 1_000);
  return seconds < 1 ? '<1s' : formatDuration(seconds * 1_000);
}
