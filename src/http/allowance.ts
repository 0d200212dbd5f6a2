import { fail } from '../errors.ts';

/** What a request costs besides its body: its headers and bookkeeping, so that endless empty requests count too. */
const requestCost = 1024;

/** When a sender that was refused for lack of room may try again. */
export const retryAfterSeconds = 5;

export interface Allowance {
  /** Counts a new request of `route` as in flight; throws PYLON_TOO_BUSY when it, with `expected` more bytes, would be too much. */
  enter(route: string, expected: number): Ticket;
}

export interface Ticket {
  /** Counts `bytes` more; throws PYLON_TOO_BUSY when that is too much. */
  take(bytes: number): void;
  /** Gives all of it back; harmless when repeated. */
  release(): void;
}

/**
 * Counts the bytes of bodies in flight, in all and per route, so that a burst cannot fill the memory and one route
 * cannot use up what the others need. One body of `largest` bytes always fits where nothing else is in flight.
 */
export function bodyAllowance(limits: {
  readonly total: number;
  readonly perRoute: number;
  readonly largest: number;
}): Allowance {
  const total = Math.max(limits.total, limits.largest + requestCost);
  const perRoute = Math.max(limits.perRoute, limits.largest + requestCost);
  const ofRoute = new Map<string, number>();
  let inAll = 0;

  const check = (route: string, bytes: number): void => {
    if (inAll + bytes <= total && (ofRoute.get(route) ?? 0) + bytes <= perRoute) return;
    throw tooBusy();
  };
  const add = (route: string, bytes: number): void => {
    inAll += bytes;
    const now = (ofRoute.get(route) ?? 0) + bytes;
    if (now > 0) ofRoute.set(route, now);
    else ofRoute.delete(route);
  };

  return {
    enter(route, expected) {
      check(route, requestCost + expected);
      let held = requestCost;
      add(route, requestCost);
      return {
        take(bytes) {
          check(route, bytes);
          held += bytes;
          add(route, bytes);
        },
        release() {
          add(route, -held);
          held = 0;
        },
      };
    },
  };
}

/** The refusal for lack of room; its answer carries `Retry-After`. */
export function tooBusy(): Error {
  return fail('PYLON_TOO_BUSY', { seconds: retryAfterSeconds });
}
