/** What the control socket shows of the daemon and may ask of it. The supervisor's side implements it; times are RFC 3339 UTC. */
import type { JobDetail, JobListing } from '../protocol/job.ts';
import type { JobCounts } from '../protocol/messages.ts';

export interface DaemonView {
  status(): DaemonStatus;
  /** By name. Disabled and faulty ones included. */
  pylons(): readonly PylonListing[];
  /** Newest first, over all pylons where `pylon` is null; rejects with PYLON_UNKNOWN_PYLON for a name that is none. */
  jobs(pylon: string | null, limit: number): Promise<readonly JobListing[]>;
  /** Rejects with PYLON_UNKNOWN_JOB or PYLON_AMBIGUOUS_JOB, as do all that take a prefix. */
  job(prefix: string): Promise<JobDetail>;
  logFile(prefix: string): Promise<JobLog>;
  /** Resolves once the job is known to be ended, or to be ending; rejects with PYLON_JOB_ENDED. */
  kill(prefix: string): Promise<JobListing>;
  /** Resolves with the new job; rejects with PYLON_JOB_NOT_ENDED or PYLON_NOT_RETRIABLE. */
  retry(prefix: string): Promise<JobListing>;
  /** Begins a graceful stop and returns at once. */
  stop(): void;
  /** Begins a graceful stop that is followed by a new start, and returns at once. */
  restart(): void;
}

export interface JobLog {
  /** Absolute path of `agent.log`, which need not exist yet. */
  readonly file: string;
  readonly job: JobListing;
  /** Whether the job has ended by now, and with it everything that was to be written to the file. */
  readonly ended: () => boolean;
}

/** `GET /v1/status`. */
export interface DaemonStatus {
  readonly version: string;
  readonly pid: number;
  readonly home: string;
  /** Where webhooks are taken; null while the listener is not open. */
  readonly address: { readonly host: string; readonly port: number } | null;
  readonly started_at: string;
  readonly engine: 'docker' | 'process';
  readonly slots: { readonly limit: number; readonly taken: number; readonly waiting: number };
}

export const pylonStates = ['ok', 'FAIL', 'disabled', 'draining', 'restarting'] as const;
export type PylonState = (typeof pylonStates)[number];

/** One row of `pylon list --json` and of `GET /v1/pylons`. */
export interface PylonListing {
  readonly name: string;
  readonly state: PylonState;
  /** As the banner says it: `webhook /my-sentry`; null where the file cannot be read. */
  readonly trigger: string | null;
  readonly description: string | null;
  /** The webhook's path, null for others. */
  readonly path: string | null;
  /** The address to give to the sender, null for others. */
  readonly url: string | null;
  /** What is wrong with its file, one sentence each, with file and line. */
  readonly problems: readonly string[];
  readonly counts: JobCounts;
}
