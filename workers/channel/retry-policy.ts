import { reasonOf } from '../../src/errors.ts';
import { escapeControls } from '../../src/log.ts';
import type { OutboxRow } from '../store/records.ts';
import { DeliveryFailure } from './channel.ts';

export type AfterFailure =
  | { readonly kind: 'retry'; readonly at: number; readonly error: string }
  | { readonly kind: 'give-up'; readonly error: string };

const keptMs = 24 * 60 * 60_000;
const longestPauseMs = 5 * 60_000;
/** A quarter more at the most, so that messages that failed together do not all come back together. */
const jitter = 0.25;
const longestError = 500;

/**
 * What follows a failed try: the next one, after pauses that double from `firstPauseMs` to five minutes and never before
 * the time that the service itself asked for; or the end, where the failure is final or a day has gone by since the
 * message was made.
 */
export function afterFailure(
  row: Pick<OutboxRow, 'attempts' | 'createdAt'>,
  failure: unknown,
  options: { readonly now: number; readonly firstPauseMs: number; readonly random?: (() => number) | undefined },
): AfterFailure {
  const { now, firstPauseMs, random = Math.random } = options;
  const error = escapeControls(reasonOf(failure)).slice(0, longestError);
  const known = failure instanceof DeliveryFailure ? failure : undefined;
  if (known?.retry === false) return { kind: 'give-up', error };

  const pause = Math.min(firstPauseMs * 2 ** row.attempts, longestPauseMs) * (1 + jitter * random());
  const at = now + Math.round(Math.max(pause, known?.retryAfterMs ?? 0));
  if (at <= row.createdAt + keptMs) return { kind: 'retry', at, error };
  return { kind: 'give-up', error: `${error} (tried ${row.attempts + 1} times in 24 hours)` };
}
