/**
 * Where the time comes from. Everything that waits or stamps takes a `Clock`, so that a test can hold the hands.
 * Leaf: imports nothing of ours.
 */

export interface Clock {
  /** Milliseconds since 1970, UTC; may step when the system's clock is set. */
  now(): number;
  /** Calls `wake` once after `ms` (any non-negative size; longer than 24 days is waited in pieces). The handle stops it. */
  after(ms: number, wake: () => void): Timer;
}

export interface Timer {
  /** Harmless when the timer has fired or was cancelled. */
  cancel(): void;
}

/** setTimeout fires at once beyond 2^31-1 ms. */
const longestTimeout = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, wake) {
    let left = Math.max(0, ms);
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const piece = Math.min(left, longestTimeout);
      left -= piece;
      handle = setTimeout(left > 0 ? arm : wake, piece);
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `ms` on `clock`; rejects with the signal's reason when it aborts first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
