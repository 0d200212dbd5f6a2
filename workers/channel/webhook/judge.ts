import { STATUS_CODES } from 'node:http';

import { DeliveryFailure } from '../channel.ts';
import type { Posted } from './post.ts';
import type { Target } from './target.ts';

/** Returns where the service took the message; throws a DeliveryFailure that says whether to try again, and when. */
export function judge(posted: Posted, target: Target, now: number): void {
  const { status, headers } = posted;
  if (status >= 200 && status < 300) return;
  const said = `${target.shown} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  if (status === 429 || status >= 500) throw new DeliveryFailure(said, true, retryAfter(headers['retry-after'], now));
  if (status >= 300 && status < 400) {
    const where = redirectHost(headers['location'], target);
    throw new DeliveryFailure(
      `${said}${where}; redirects are not followed: set channel.webhook.url to the final address`,
      false,
    );
  }
  throw new DeliveryFailure(said, false);
}

/** Milliseconds from `now`, from a number of seconds or a date; undefined where it is neither or already over. */
function retryAfter(value: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  if (text === undefined || text === '') return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** Only the origin: the rest may hold a secret. */
function redirectHost(location: string | string[] | undefined, target: Target): string {
  const text = Array.isArray(location) ? location[0] : location;
  return text !== undefined && URL.canParse(text, target.url.href) ? ` (to ${new URL(text, target.url).origin})` : '';
}
