/** Those who wait for a thread to get ready. */
import type { Clock } from '../clock.ts';

export class Readiness {
  readonly #clock: Clock;
  readonly #waiters = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves at the next `announce`, or after `patienceMs`. */
  async wait(patienceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(patienceMs, () => done());
      const done = (): void => {
        timer.cancel();
        this.#waiters.delete(done);
        resolve();
      };
      this.#waiters.add(done);
    });
  }

  announce(): void {
    for (const done of this.#waiters) done();
  }
}
