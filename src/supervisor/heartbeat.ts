/** Notices a thread whose event loop is blocked. */
import type { Clock, Timer } from '../clock.ts';

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly ping: (beat: number) => void;
}

const everyMs = 3_000;
/** How many beats in a row may stay unanswered: 15 s. */
const patience = 5;

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: Timer | undefined;
  #sent = 0;
  #answered = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /**
   * Begins to ping; calls `onSilence` once when five beats in a row found no answer. Beats are counted rather than the
   * clock read, so that a suspended machine, on which neither side ran, blames nobody.
   */
  start(onSilence: () => void): void {
    this.#timer = this.#options.clock.after(everyMs, () => {
      if (this.#sent - this.#answered >= patience) {
        onSilence();
        return;
      }
      this.#sent += 1;
      this.#options.ping(this.#sent);
      this.start(onSilence);
    });
  }

  answered(beat: number): void {
    this.#answered = Math.max(this.#answered, beat);
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
