import type { Clock } from '../../src/clock.ts';

/** The system's clock, whose waits are `factor` times as short. */
export function hurriedClock(factor: number): Clock {
  return {
    now: () => Date.now(),
    after(ms, wake) {
      const timer = setTimeout(wake, ms / factor);
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
