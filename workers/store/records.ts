/** The rows of a pylon's database as the rest of the worker sees them. Times are milliseconds since 1970. */
import type { JobStatus, JobTrigger } from '../../src/protocol/job.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';

export interface NewJob {
  readonly id: string;
  readonly pylon: string;
  readonly status: 'awaiting_approval' | 'queued' | 'pending' | 'rejected';
  readonly trigger: JobTrigger;
  readonly createdAt: number;
  readonly scheduledAt: number | null;
  /** The job that this one retries. */
  readonly parent: string | null;
  /** The body as sent; null for a rejected job and for cron. */
  readonly payload: string | null;
  /** Lower-case names, without signatures, cookies and authorization. */
  readonly headers: Readonly<Record<string, string>>;
  /** The sender's id of this delivery, where the scheme has one. */
  readonly eventId: string | null;
  /** Whether the job, while queued, counts toward max_queued. */
  readonly countsAsQueued: boolean;
  /** Why it was rejected, for its row and its timeline. */
  readonly error: string | null;
}

export interface JobRecord extends Omit<NewJob, 'status'> {
  readonly status: JobStatus;
  /** The latest run, from 1. */
  readonly run: number;
  /** Why the latest run failed or was rejected. */
  readonly error: string | null;
  /** The body as sent. Read from the database each time somebody looks at it: it may be megabytes. */
  readonly payload: string | null;
  /** Whether it got as far as having a workspace, and that was not removed again. */
  readonly hasWorkspace: boolean;
  /** How often the worker died in this job's step since its last change of status. */
  readonly deaths: number;
}

export interface RunRecord {
  readonly jobId: string;
  readonly run: number;
  readonly status: JobStatus;
  /** The settings in force when it got its slot, unexpanded. */
  readonly settings: PylonSettings | null;
  readonly repo: string | null;
  readonly ref: string | null;
  readonly commit: string | null;
  readonly prompt: string | null;
  readonly topic: string | null;
  readonly message: string | null;
  /** When it must have ended; counted from the slot. */
  readonly deadlineAt: number | null;
  /** When the intent to start `containerId` was synced; null: it was certainly not started. */
  readonly intentAt: number | null;
  readonly containerId: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly exitCode: number | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly costUsd: number | null;
  readonly sessionId: string | null;
}

/** What a change of status may set on the run besides the status itself. */
export type RunChanges = Partial<Omit<RunRecord, 'jobId' | 'run' | 'status'>>;

export interface OutboxRow {
  readonly id: number;
  readonly jobId: string;
  readonly run: number;
  readonly event: string;
  /** The `ChannelMessage` as JSON. */
  readonly message: string;
  readonly createdAt: number;
  readonly attempts: number;
  readonly nextAt: number;
}
