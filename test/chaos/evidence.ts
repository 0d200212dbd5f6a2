/** Everything that a chaos run saw, as plain data: what the checks judge. Times are milliseconds since 1970. */
import type { JobStatus } from '../../src/protocol/job.ts';
import type { FaultKind } from './plan.ts';

export interface Evidence {
  readonly slots: number;
  readonly onFull: 'queue' | 'reject';
  readonly requests: readonly SentRequest[];
  readonly engineEvents: readonly EngineEvent[];
  readonly received: readonly ReceivedMessage[];
  readonly databases: readonly DatabaseCopy[];
  readonly faults: readonly FaultRecord[];
  /** When no daemon could answer: between its death, stop or suspension and its next "listening on". */
  readonly downtimes: readonly Span[];
  readonly resources: { readonly before: Resources; readonly after: Resources } | undefined;
  /** What was found where nothing should have been, in words. */
  readonly leftovers: readonly string[];
  /** What a fault or the driver itself saw go wrong, in words. */
  readonly remarks: readonly string[];
  /** What had not come to rest when the run's patience was at its end, in words. */
  readonly unsettled: readonly string[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One try to send one event. */
export interface SentRequest extends Span {
  readonly pylon: string;
  /** The sender's id of the event, the same from try to try. */
  readonly delivery: string;
  /** How many lines the agent is to print. */
  readonly ticks: number;
  /** null: no answer came. */
  readonly status: number | null;
  readonly jobId: string | null;
  /** `accepted`, `queued`, `duplicate`, or the error's code, or what the connection came to. */
  readonly word: string;
}

export interface EngineEvent {
  readonly at: number;
  readonly action: 'create' | 'start' | 'die' | 'destroy';
  readonly container: string;
  readonly jobId: string;
  readonly run: string;
  readonly pylon: string;
}

export interface ReceivedMessage {
  readonly at: number;
  readonly messageId: string;
  readonly jobId: string;
  readonly event: string;
  readonly status: string;
  /** null: the connection was cut instead. */
  readonly answered: number | null;
}

export interface DatabaseCopy {
  readonly pylon: string;
  /** False for one whose directory was deleted or moved away for good. */
  readonly inPlace: boolean;
  readonly integrity: string;
  readonly jobs: readonly JobRow[];
}

export interface JobRow {
  readonly id: string;
  readonly status: JobStatus;
  readonly eventId: string | null;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly error: string | null;
  readonly result: string | null;
  /** The statuses that it entered, in order. */
  readonly history: readonly JobStatus[];
  readonly outbox: readonly OutboxEntry[];
}

export interface OutboxEntry {
  readonly messageId: string;
  readonly event: string;
  readonly state: 'waiting' | 'delivered' | 'given_up';
  readonly error: string | null;
}

export interface FaultRecord extends Span {
  readonly kind: FaultKind;
  /** The action in one line. */
  readonly what: string;
  /** null: it may concern any. */
  readonly pylon: string | null;
  /** The one job that it hit, where that is known. */
  readonly jobId: string | null;
}

export interface Resources {
  readonly rssMb: number;
  readonly descriptors: number;
}

export interface Finding {
  readonly check: string;
  readonly what: string;
}

export type Check = (evidence: Evidence) => readonly string[];
