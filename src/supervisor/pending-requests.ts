/** The requests that a pylon's thread has not answered yet. One that the thread takes to its grave is asked of its successor. */
import type { Clock, Timer } from '../clock.ts';
import { fail } from '../errors.ts';
import type { JobStatus } from '../protocol/job.ts';
import type { RequestAnswer } from '../protocol/messages.ts';

const successorPatienceMs = 10_000;
export const restartRetrySeconds = 5;

interface Pending {
  readonly answer: (answer: RequestAnswer) => void;
  /** Set when its thread died: until when a successor is waited for. */
  orphan: Timer | undefined;
}

export class PendingRequests {
  readonly #pylon: string;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();

  constructor(pylon: string, clock: Clock) {
    this.#pylon = pylon;
    this.#clock = clock;
  }

  /** Waits for the answer to the request that was sent under `jobId`. */
  add(jobId: string): Promise<RequestAnswer> {
    return new Promise((answer) => this.#pending.set(jobId, { answer, orphan: undefined }));
  }

  answered(jobId: string, answer: RequestAnswer): void {
    const pending = this.#pending.get(jobId);
    pending?.orphan?.cancel();
    pending?.answer(answer);
    this.#pending.delete(jobId);
  }

  /** The thread died: each request waits a while for a successor that can say what became of it. */
  orphaned(): void {
    for (const [jobId, pending] of this.#pending) {
      pending.orphan ??= this.#clock.after(successorPatienceMs, () => this.stored(jobId, null));
    }
  }

  /** The requests to ask a new thread about. */
  orphans(): readonly string[] {
    return [...this.#pending].filter(([, { orphan }]) => orphan !== undefined).map(([jobId]) => jobId);
  }

  /** What the successor found: 202 for a job that is on disk, 503 for one that is not. */
  stored(jobId: string, status: JobStatus | null): void {
    // Of a refused event only the row is stored.
    const isStored = status !== null && status !== 'rejected';
    this.answered(jobId, isStored ? storedAnswer(jobId, status) : restarting(this.#pylon));
  }

  /** Nobody will answer any more. */
  abandon(): void {
    for (const jobId of this.#pending.keys()) this.answered(jobId, restarting(this.#pylon));
  }
}

export function restarting(name: string): RequestAnswer {
  const { code, message } = fail('PYLON_RESTARTING', { name, seconds: restartRetrySeconds });
  return { status: 503, headers: { 'retry-after': String(restartRetrySeconds) }, body: { error: { code, message } } };
}

function storedAnswer(jobId: string, status: JobStatus): RequestAnswer {
  const word = status === 'queued' || status === 'awaiting_approval' ? status : 'accepted';
  return { status: 202, body: { job_id: jobId, status: word } };
}
