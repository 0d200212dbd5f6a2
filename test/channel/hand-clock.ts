import type { Clock } from '../../src/clock.ts';

export interface HandClock extends Clock {
  /** Moves the hands, waking on the way whoever is due, in order, and letting promises settle in between. */
  advance(ms: number): Promise<void>;
}

/** A clock that goes only when a test moves it. */
export function handClock(start: number): HandClock {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    after(ms, wake) {
      const timer = { at: now + ms, wake };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settled();
        const [first] = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (first === undefined) break;
        timers.delete(first);
        now = Math.max(now, first.at);
        first.wake();
      }
      now = end;
      await settled();
    },
  };
}

/** Lets every promise that can settle by itself do so. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
