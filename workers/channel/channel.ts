/** What the outbox needs of a channel: to send one message, and to say how a failure is to be taken. */

export interface Channel {
  /** Resolves when the service has taken the message; rejects with a `DeliveryFailure`, or anything else (retried). */
  send(message: ChannelMessage, signal: AbortSignal): Promise<void>;
}

export interface ChannelMessage {
  /** Stable over retries: receivers can use it to drop repeats. */
  readonly id: string;
  readonly event: 'job.awaiting_approval' | 'job.started' | 'job.ended';
  readonly pylon: string;
  readonly job_id: string;
  readonly run: number;
  readonly status: string;
  /** The rendered `topic` and `message`, or null where there are none. */
  readonly topic: string | null;
  readonly message: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly cost_usd: number | null;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** The job's stored request, for a templated body. */
  readonly payload: string | null;
}

/** A failure that says whether trying again makes sense, and when at the earliest. */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure';
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retry: boolean, retryAfterMs?: number) {
    super(message);
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
  }
}
