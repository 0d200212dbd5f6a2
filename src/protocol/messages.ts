/**
 * Every message between the supervisor and a pylon's thread.
 *
 * They travel in arrays, in order (see outgoing.ts); receivers switch on `type` and end in `satisfies never`.
 */
import type { MessagePort } from 'node:worker_threads';

import type { ErrorCode } from '../errors.ts';
import type { FileId } from '../file-id.ts';
import type { LogLine } from '../log.ts';
import type { JobDetail, JobListing, JobStatus } from './job.ts';
import type { PylonSettings, Variables } from './settings.ts';

/** What a pylon's thread is started with: the value given to its one never-ending task. */
export interface PylonStart {
  readonly port: MessagePort;
  readonly name: string;
  readonly paths: PylonPaths;
  /** The database that is locked for this thread: no other may be opened, whatever `paths.database` leads to by then. */
  readonly databaseFile: FileId;
  /** The home's random id, on every container's `pylon.home` label. */
  readonly homeId: string;
  /** null: its file is faulty; unfinished jobs go on with the settings kept with them, or the last good ones. */
  readonly settings: PylonSettings | null;
  /** False for a draining worker: it takes up and ends the jobs it has, and accepts none. */
  readonly accepting: boolean;
  readonly variables: Variables;
  readonly engine: EngineAddress;
  readonly timings: Timings;
  /** True when the thread before this one died: the jobs in whose step it died are blamed. */
  readonly afterCrash: boolean;
  /** The job whose step the thread before this one was in when it died; null: in none, or it did not die. */
  readonly culprit: string | null;
  /** Shared memory in which the worker names the job whose step it is in, so that it can be read after its death. */
  readonly blame: SharedArrayBuffer;
}

export interface PylonPaths {
  readonly home: string;
  /** `pylons/<name>` */
  readonly directory: string;
  readonly database: string;
  /** `pylons/<name>/jobs` */
  readonly jobs: string;
  /** `repos`, the cached bare clones of the home. */
  readonly repos: string;
}

export type EngineAddress =
  | { readonly kind: 'docker'; readonly socketPath: string }
  | { readonly kind: 'docker'; readonly host: string; readonly port: number }
  | { readonly kind: 'process' };

/** Waits that tests shorten; milliseconds. */
export interface Timings {
  /** How long an unstarted job waits for a silent engine (60 s). */
  readonly engineSilence: number;
  /** From asking an agent to stop to killing it at its time limit (10 s). */
  readonly stopGrace: number;
  /** First pause before a delivery is tried again (1 s); doubles up to 5 min. */
  readonly deliveryPause: number;
}

/** A webhook request as the listener read it. */
export interface RequestMessage {
  readonly type: 'request';
  /** The id that the job will have, which is also this request's. */
  readonly jobId: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Transferred. */
  readonly body: ArrayBuffer;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface RequestAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type ToPylon =
  | RequestMessage
  | {
      readonly type: 'settings';
      readonly settings: PylonSettings | null;
      readonly accepting: boolean;
      readonly variables: Variables;
    }
  /** Whether job `jobId` is stored: asked of the successor of a thread that died with a request in it. */
  | { readonly type: 'is-stored'; readonly jobId: string }
  /** Answer to `slot-request`; after `queued`, `slot-granted` follows when it is this job's turn. */
  | { readonly type: 'slot-answer'; readonly jobId: string; readonly answer: SlotAnswer }
  | { readonly type: 'slot-granted'; readonly jobId: string }
  | { readonly type: 'ask'; readonly id: number; readonly ask: Ask }
  /** The block of text of `print` with this id has been written out. */
  | { readonly type: 'printed'; readonly id: number }
  | { readonly type: 'ping'; readonly beat: number }
  /** What the engine has of this pylon's containers, some of them perhaps nobody's any more. */
  | { readonly type: 'containers'; readonly containers: readonly SeenContainer[] }
  /** The pylon's directory is gone: end the runs (after `afterMs`), accept nothing. */
  | { readonly type: 'end-runs'; readonly afterMs: number }
  | { readonly type: 'stop'; readonly onStop: 'leave' | 'kill' };

export interface SeenContainer {
  readonly id: string;
  readonly jobId: string;
  readonly state: 'created' | 'running' | 'ended';
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export type SlotAnswer =
  | { readonly kind: 'granted' }
  | { readonly kind: 'queued' }
  | { readonly kind: 'full'; readonly limit: number; readonly reason: string };

export type FromPylon =
  /** The database is open and its unfinished jobs are known. Sent once, first of all. */
  | {
      readonly type: 'ready';
      /** Jobs that hold a slot: pending or running. */
      readonly holding: readonly string[];
      /** Jobs that wait for one, oldest first. */
      readonly waiting: readonly WaitingJob[];
      /** Jobs that have ended, but hold their slot until their container is removed. */
      readonly removing: readonly string[];
      readonly counts: JobCounts;
    }
  | { readonly type: 'answer'; readonly jobId: string; readonly answer: RequestAnswer }
  | { readonly type: 'stored'; readonly jobId: string; readonly status: JobStatus | null }
  /** Asked only for a request that was verified: nobody unknown can occupy a slot. */
  | { readonly type: 'slot-request'; readonly jobId: string }
  /** A job that is stored as `queued` without having asked: retried, recovered. It never counts toward max_queued. */
  | { readonly type: 'slot-wait'; readonly jobId: string }
  /** The slot, or the place in the queue, is not needed (any more). */
  | { readonly type: 'slot-release'; readonly jobId: string }
  | {
      readonly type: 'jobs-changed';
      readonly jobs: readonly { readonly id: string; readonly ended: boolean }[];
      readonly counts: JobCounts;
    }
  /** A child process group leads a life that must not outlast this thread. */
  | { readonly type: 'group-started'; readonly pid: number }
  | { readonly type: 'group-ended'; readonly pid: number }
  | { readonly type: 'print'; readonly id: number; readonly text: string }
  | { readonly type: 'log'; readonly line: LogLine }
  | { readonly type: 'pong'; readonly beat: number }
  | { readonly type: 'asked'; readonly id: number; readonly outcome: AskOutcome }
  /** The database is closed; the thread ends. `left` containers go on without it, until `leftUntil` (ms) at the latest. */
  | { readonly type: 'stopped'; readonly left: number; readonly leftUntil: number | null };

export interface WaitingJob {
  readonly jobId: string;
  /** Whether it counts toward max_queued. */
  readonly counts: boolean;
}

export interface JobCounts {
  readonly unfinished: number;
  readonly running: number;
  readonly total: number;
  readonly last: JobListing | null;
}

/** What the control socket asks a pylon. */
export type Ask =
  | { readonly kind: 'jobs'; readonly limit: number }
  | { readonly kind: 'job'; readonly prefix: string }
  | { readonly kind: 'kill'; readonly jobId: string }
  | { readonly kind: 'retry'; readonly jobId: string; readonly newJobId: string };

export type AskAnswer =
  | { readonly kind: 'jobs'; readonly jobs: readonly JobListing[] }
  /** Every job whose id starts with the prefix (ten at most); details only where there is exactly one. */
  | { readonly kind: 'job'; readonly ids: readonly string[]; readonly job: JobDetail | null }
  | { readonly kind: 'kill'; readonly job: JobListing }
  | { readonly kind: 'retry'; readonly job: JobListing };

export type AskOutcome =
  | { readonly ok: true; readonly answer: AskAnswer }
  | { readonly ok: false; readonly error: WireError };

/** A `PylonError` on its way between threads. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}
