/** Questions to a pylon's thread, by number, each answered once. */
import type { Clock, Timer } from '../clock.ts';
import { fail, PylonError } from '../errors.ts';
import type { Ask, AskAnswer, AskOutcome, ToPylon } from '../protocol/messages.ts';
import { restartRetrySeconds } from './pending-requests.ts';

/** Ending a run takes its grace; everything else is a matter of milliseconds. */
const patienceMs = 30_000;

interface Pending {
  readonly settle: (outcome: AskOutcome) => void;
  readonly limit: Timer;
}

export class PendingAsks {
  readonly #pylon: string;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  constructor(pylon: string, clock: Clock) {
    this.#pylon = pylon;
    this.#clock = clock;
  }

  /** Rejects with the pylon's catalogue error, or PYLON_RESTARTING where its thread cannot answer. */
  async ask<Kind extends Ask['kind']>(
    ask: Extract<Ask, { kind: Kind }>,
    send: (message: ToPylon) => boolean,
  ): Promise<Extract<AskAnswer, { kind: Kind }>> {
    this.#last += 1;
    const id = this.#last;
    const outcome = await new Promise<AskOutcome>((settle) => {
      const limit = this.#clock.after(patienceMs, () => this.answered(id, this.#gone()));
      this.#pending.set(id, { settle, limit });
      if (!send({ type: 'ask', id, ask })) this.answered(id, this.#gone());
    });
    if (!outcome.ok) throw new PylonError(outcome.error.code, outcome.error.message);
    return outcome.answer as Extract<AskAnswer, { kind: Kind }>;
  }

  answered(id: number, outcome: AskOutcome): void {
    const pending = this.#pending.get(id);
    pending?.limit.cancel();
    pending?.settle(outcome);
    this.#pending.delete(id);
  }

  /** The thread is gone, and the answers with it. */
  abandon(): void {
    for (const id of this.#pending.keys()) this.answered(id, this.#gone());
  }

  #gone(): AskOutcome {
    const { code, message } = fail('PYLON_RESTARTING', { name: this.#pylon, seconds: restartRetrySeconds });
    return { ok: false, error: { code, message } };
  }
}
