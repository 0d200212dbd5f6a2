/** What a job is, in the words of the product: shared by threads, the control socket and the commands. */

export const jobStatuses = [
  'awaiting_approval',
  'queued',
  'pending',
  'running',
  'done',
  'failed',
  'timeout',
  'killed',
  'dismissed',
  'rejected',
] as const;

export type JobStatus = (typeof jobStatuses)[number];
export type EndedStatus = Extract<JobStatus, 'done' | 'failed' | 'timeout' | 'killed' | 'dismissed' | 'rejected'>;

/** Whether a job in `status` does nothing more by itself. */
export function isEnded(status: JobStatus): status is EndedStatus {
  return !['awaiting_approval', 'queued', 'pending', 'running'].includes(status);
}

/** What made a job: an event, a tick of the clock, or a person who ran an ended one again. */
export type JobTrigger = 'webhook' | 'cron' | 'retry';

/** One row of `pylon jobs --json` and of `/v1/jobs`. Times are RFC 3339 UTC; absent values are null. */
export interface JobListing {
  readonly id: string;
  readonly pylon: string;
  readonly status: JobStatus;
  readonly trigger: JobTrigger;
  /** The latest run, from 1. */
  readonly run: number;
  readonly created_at: string;
  /** When the latest run's container started. */
  readonly started_at: string | null;
  readonly ended_at: string | null;
  /** From start to end of the latest run, or null while it has not ended or never started. */
  readonly duration_ms: number | null;
  readonly cost_usd: number | null;
  readonly error: string | null;
  /** The job that this one retries. */
  readonly parent: string | null;
}

/** `pylon show --json` and `/v1/jobs/<id>`. */
export interface JobDetail extends JobListing {
  readonly runs: readonly RunDetail[];
  readonly timeline: readonly TimelineEntry[];
  readonly deliveries: readonly DeliveryDetail[];
  /** The event's body as it was sent, or null where none is kept. */
  readonly payload: string | null;
}

export interface RunDetail {
  readonly run: number;
  readonly status: JobStatus;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly repo: string | null;
  readonly ref: string | null;
  /** The commit that the workspace was made from. */
  readonly commit: string | null;
  readonly prompt: string | null;
  readonly result: string | null;
  readonly exit_code: number | null;
  readonly cost_usd: number | null;
  readonly error: string | null;
}

export interface TimelineEntry {
  readonly at: string;
  readonly run: number;
  /** The status that the job entered, or null for a note that changed none. */
  readonly status: JobStatus | null;
  readonly note: string | null;
}

export interface DeliveryDetail {
  readonly run: number;
  readonly event: string;
  readonly state: 'waiting' | 'delivered' | 'given_up';
  readonly attempts: number;
  readonly next_at: string | null;
  readonly error: string | null;
}

/** How many characters of a job's id people are shown. */
export const shortId = (id: string): string => id.slice(0, 8);

/** The drawn state machine: from each status, where a job may go. Asserted where statuses are written. */
export const transitions: Readonly<Record<JobStatus | 'new', readonly JobStatus[]>> = {
  new: ['awaiting_approval', 'queued', 'pending', 'rejected'],
  awaiting_approval: ['queued', 'pending', 'dismissed', 'killed', 'failed'],
  queued: ['pending', 'failed', 'killed'],
  // Back to queued: prepared anew after a restart that cost it its slot.
  pending: ['running', 'queued', 'failed', 'timeout', 'killed'],
  running: ['done', 'failed', 'timeout', 'killed'],
  // A follow-up takes an ended job up again, as its next run.
  done: ['queued', 'pending'],
  failed: ['queued', 'pending'],
  timeout: ['queued', 'pending'],
  killed: ['queued', 'pending'],
  dismissed: [],
  rejected: [],
};
