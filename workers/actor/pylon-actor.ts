/** A pylon: one database, the jobs in it, and everything that makes them go on. Knows messages, but no thread. */
import { asPylonError } from '../../src/errors.ts';
import type { Ask, ToPylon } from '../../src/protocol/messages.ts';
import { findJob } from '../store/find-job.ts';
import { jobCounts } from '../store/job-counts.ts';
import { transaction } from '../store/transaction.ts';
import { acceptRequest } from './accept-request.ts';
import { answerAsk } from './answer-ask.ts';
import type { ActorContext, InForce } from './context.ts';
import { endRuns } from './end-runs.ts';
import { rememberGoodSettings } from './last-good-settings.ts';
import { makeParts } from './parts.ts';
import type { ActorOptions, ActorParts } from './parts.ts';
import { recover } from './recover.ts';
import { stopActor } from './stop-actor.ts';

export class PylonActor {
  readonly #options: ActorOptions;
  readonly #parts: ActorParts;
  #inForce: InForce;
  #removed = false;
  #stopping = false;

  /** Opens the database, takes up what was unfinished and says `ready`. Throws where the database cannot be opened. */
  constructor(options: ActorOptions) {
    const { settings, accepting, variables } = options.start;
    this.#options = options;
    this.#inForce = { settings, accepting, variables };
    this.#parts = makeParts(options, () => this.#inForce);
    rememberSettings(this.#parts.context);
    this.#takeUp();
    this.#parts.deliveries.start();
    this.#parts.housekeeping.start();
  }

  /** Takes one message from the supervisor. */
  receive(message: ToPylon): void {
    const { context, slots, printer, group } = this.#parts;
    const { send } = this.#options;
    switch (message.type) {
      case 'request':
        void acceptRequest({ context, slots, group, stored: this.#stored }, message).then((answer) =>
          send({ type: 'answer', jobId: message.jobId, answer }),
        );
        return;
      case 'settings':
        // Without settings (a faulty edit) the last good ones stay in force.
        this.#inForce = { ...message, settings: message.settings ?? this.#inForce.settings };
        rememberSettings(context);
        return;
      case 'is-stored':
        send({ type: 'stored', jobId: message.jobId, status: findJob(context.store, message.jobId)?.status ?? null });
        return;
      case 'slot-answer':
        slots.answered(message.jobId, message.answer);
        return;
      case 'slot-granted':
        slots.granted(message.jobId);
        return;
      case 'ask':
        void this.#answer(message.id, message.ask);
        return;
      case 'printed':
        printer.printed(message.id);
        return;
      case 'ping':
        send({ type: 'pong', beat: message.beat });
        return;
      case 'containers':
        this.#parts.housekeeping.saw(message.containers);
        return;
      case 'end-runs':
        this.#endRuns(message.afterMs);
        return;
      case 'stop':
        if (!this.#stopping) void this.#stop(message.onStop);
        this.#stopping = true;
        return;
      default:
        message satisfies never;
    }
  }

  #takeUp(): void {
    const { context, events, runs, begin, beginWhenGranted } = this.#parts;
    const { holding, waiting, removing } = recover(context, events, this.#options.start);
    this.#options.send({ type: 'ready', holding, waiting, removing, counts: jobCounts(context.store) });
    for (const { jobId } of waiting) beginWhenGranted(jobId);
    for (const jobId of holding) begin(jobId);
    for (const jobId of removing) {
      runs.begin(jobId, ({ left }) =>
        events.cleanUp(jobId, { clock: context.clock, patienceMs: Infinity, signal: left }),
      );
    }
  }

  readonly #stored = (jobId: string, granted: boolean): void => {
    this.#parts.events.changed(jobId);
    if (granted) this.#parts.begin(jobId);
    else this.#parts.beginWhenGranted(jobId);
  };

  async #answer(id: number, ask: Ask): Promise<void> {
    const { send } = this.#options;
    const enqueue = (jobId: string): void => {
      this.#parts.slots.wait(jobId);
      this.#parts.beginWhenGranted(jobId);
    };
    try {
      send({ type: 'asked', id, outcome: { ok: true, answer: await answerAsk({ ...this.#parts, enqueue }, ask) } });
    } catch (error) {
      const { code, message } = asPylonError(error);
      send({ type: 'asked', id, outcome: { ok: false, error: { code, message } } });
    }
  }

  #endRuns(afterMs: number): void {
    this.#inForce = { ...this.#inForce, accepting: false };
    this.#removed = true;
    endRuns(this.#parts, afterMs);
  }

  async #stop(onStop: 'leave' | 'kill'): Promise<void> {
    this.#inForce = { ...this.#inForce, accepting: false };
    const left = await stopActor(this.#parts, onStop, this.#removed).catch((error: unknown): readonly number[] => {
      this.#parts.context.log.error(`it did not stop cleanly: ${asPylonError(error).message}`);
      return [];
    });
    const leftUntil = left.length === 0 ? null : Math.max(...left);
    this.#options.send({ type: 'stopped', left: left.length, leftUntil });
    this.#options.onStopped();
  }
}

function rememberSettings(context: ActorContext): void {
  const { settings } = context.inForce();
  if (settings === null) return;
  try {
    transaction(context.store, () => rememberGoodSettings(context.store, settings));
  } catch (error) {
    // A full disk must not keep the pylon from ending the jobs it has.
    context.log.warn(`its settings could not be remembered: ${asPylonError(error).message}`);
  }
}
