import { sleep } from '../../src/clock.ts';
import type { Clock, Timer } from '../../src/clock.ts';
import { reasonOf } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import type { OutboxRow } from '../store/records.ts';
import { attemptSend } from './attempt-send.ts';
import type { Channel } from './channel.ts';
import { afterFailure } from './retry-policy.ts';

/** The waiting messages on disk. Times are milliseconds since 1970. */
export interface OutboxRows {
  /**
   * Of each job its oldest waiting message (no other), where its time has come; oldest first, at most `limit`.
   * Messages under way are among them.
   */
  due(now: number, limit: number): readonly OutboxRow[];
  /** When `due` will next give something, or null while nothing waits; may be in the past. */
  nextAt(): number | null;
  delivered(id: number, at: number): void;
  failed(id: number, at: number, nextAt: number, error: string): void;
  gaveUp(id: number, at: number, error: string): void;
}

export interface OutboxOptions {
  readonly rows: OutboxRows;
  /** The channel of a row's job; when it rejects, the row is tried again later. */
  readonly channelOf: (row: OutboxRow) => Promise<Channel>;
  readonly clock: Clock;
  readonly log: Log;
  /** The pause after a first failure, in ms. */
  readonly firstPauseMs: number;
  /** How long one try may take, in ms (60 s unless given). */
  readonly sendLimitMs?: number;
  /** For the jitter: from 0 up to 1. */
  readonly random?: () => number;
}

export interface Outbox {
  /** Begins to deliver; twice is the same as once. */
  start(): void;
  /** Says that a row was added. */
  wake(): void;
  /** Breaks off what is being sent, leaving its rows for the next start. After it has resolved, no row is touched. */
  stop(): Promise<void>;
}

/** How many jobs' messages are sent side by side. */
const sideBySide = 8;
/** How long to leave a job alone whose row could not be read or written, and to wait where a try hides the next time. */
const troublePauseMs = 5_000;
const lookAgainMs = 1_000;

/**
 * Delivers the rows: those of one job in order, different jobs side by side, each until it is taken or 24 hours old.
 * A message may be sent twice where the answer was lost; its id stays the same.
 */
export function makeOutbox(options: OutboxOptions): Outbox {
  const { rows, clock, log } = options;
  /** By job: its one message under way. */
  const underWay = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let timer: Timer | undefined;
  let running = false;

  const pump = (): void => {
    if (!running) return;
    timer?.cancel();
    try {
      for (const row of rows.due(clock.now(), sideBySide)) {
        if (underWay.size >= sideBySide) return;
        if (!underWay.has(row.jobId)) begin(row);
      }
      const next = rows.nextAt();
      if (next === null) return;
      // In the past: of a message under way, which hides when the others' time comes.
      const wait = next > clock.now() ? next - clock.now() : lookAgainMs;
      timer = clock.after(wait, pump);
    } catch (error) {
      log.error(`The outbox cannot be read: ${reasonOf(error)}`);
      timer = clock.after(troublePauseMs, pump);
    }
  };

  const begin = (row: OutboxRow): void => {
    const sending = deliver(options, row, stopping.signal).finally(() => {
      underWay.delete(row.jobId);
      pump();
    });
    underWay.set(row.jobId, sending);
  };

  return {
    start() {
      running = !stopping.signal.aborted;
      pump();
    },
    wake: pump,
    async stop() {
      running = false;
      timer?.cancel();
      stopping.abort(new Error('the outbox stops'));
      await Promise.all(underWay.values());
    },
  };
}

/** One try of one row, and what it came to written to the row. Never rejects. */
async function deliver(options: OutboxOptions, row: OutboxRow, stop: AbortSignal): Promise<void> {
  const { rows, clock, log } = options;
  const about = { job: row.jobId };
  const outcome = await attemptSend(options, row, stop);
  if (stop.aborted) return;
  const now = clock.now();
  try {
    if (outcome.ok) {
      rows.delivered(row.id, now);
      return;
    }
    const next = afterFailure(row, outcome.failure, {
      now,
      firstPauseMs: options.firstPauseMs,
      random: options.random,
    });
    if (next.kind === 'give-up') {
      rows.gaveUp(row.id, now, next.error);
      log.error(`The message ${row.event} was given up: ${next.error}`, about);
      return;
    }
    rows.failed(row.id, now, next.at, next.error);
    if (row.attempts === 0)
      log.warn(`The message ${row.event} could not be delivered and will be tried again: ${next.error}`, about);
  } catch (error) {
    log.error(`The outbox cannot be written: ${reasonOf(error)}`, about);
    // The row still looks due: sending it again at once, and again, would flood the receiver.
    await sleep(clock, troublePauseMs, stop).catch(() => undefined);
  }
}
