/** The operating system's lock on a pylon's database, from the thread's start to its end, however long it takes to get. */
import type { Clock, Timer } from '../clock.ts';
import { asPylonError } from '../errors.ts';
import type { DatabaseLock } from '../os-lock.ts';
import { acquireDatabaseLock } from './database-lock.ts';

export interface DatabaseHoldOptions {
  readonly file: string;
  readonly clock: Clock;
  /** It is held. */
  readonly onHeld: () => void;
  /** It cannot be had; it is tried again. Told again only where the reason is another one. */
  readonly onTrouble: (reason: string) => void;
}

const pauseMs = 5_000;

export class DatabaseHold {
  readonly #options: DatabaseHoldOptions;
  readonly #ending = new AbortController();
  #lock: DatabaseLock | undefined;
  #trying: Promise<void> | undefined;
  #again: Timer | undefined;
  #told: string | undefined;

  constructor(options: DatabaseHoldOptions) {
    this.#options = options;
  }

  get lock(): DatabaseLock | undefined {
    return this.#lock;
  }

  /** Whether it is given up for good. */
  get isOver(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Takes the lock, now or as soon as it can be had. Resolves after the first try; never rejects. */
  take(): Promise<void> {
    this.#trying ??= this.#try().finally(() => {
      this.#trying = undefined;
    });
    return this.#trying;
  }

  /** Tries no more; what is held stays held. Resolves when no try is under way. */
  async giveUp(): Promise<void> {
    this.#ending.abort(new Error('the pylon stops'));
    this.#again?.cancel();
    await this.#trying;
  }

  release(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  async #try(): Promise<void> {
    const { file, clock, onHeld, onTrouble } = this.#options;
    const { signal } = this.#ending;
    if (signal.aborted) return;
    this.#again?.cancel();
    try {
      this.#lock ??= await acquireDatabaseLock(file, clock, signal);
    } catch (error) {
      if (signal.aborted) return;
      const reason = asPylonError(error).message;
      if (reason !== this.#told) onTrouble(reason);
      this.#told = reason;
      this.#again = clock.after(pauseMs, () => void this.take());
      return;
    }
    this.#told = undefined;
    if (!signal.aborted) onHeld();
  }
}
