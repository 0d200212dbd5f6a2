import type { Clock } from '../../src/clock.ts';
import type { OutboxRow } from '../store/records.ts';
import type { Channel, ChannelMessage } from './channel.ts';
import { DeliveryFailure } from './channel.ts';

export type Attempt = { readonly ok: true } | { readonly ok: false; readonly failure: unknown };

const defaultLimitMs = 60_000;

/** Sends `row` once; ends when the time limit or `stop` comes, also where the channel pays no heed to its signal. */
export async function attemptSend(
  options: {
    readonly channelOf: (row: OutboxRow) => Promise<Channel>;
    readonly clock: Clock;
    readonly sendLimitMs?: number;
  },
  row: OutboxRow,
  stop: AbortSignal,
): Promise<Attempt> {
  const limitMs = options.sendLimitMs ?? defaultLimitMs;
  const ending = new AbortController();
  const timer = options.clock.after(limitMs, () =>
    ending.abort(new DeliveryFailure(`nothing came of it within ${limitMs / 1_000} s`, true)),
  );
  const onStop = (): void => ending.abort(stop.reason);
  stop.addEventListener('abort', onStop);
  const ended = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason as Error));
  });
  const send = async (): Promise<void> => {
    const message = messageOf(row);
    const channel = await options.channelOf(row);
    if (!ending.signal.aborted) await channel.send(message, ending.signal);
  };
  try {
    await Promise.race([send(), ended]);
    return { ok: true };
  } catch (failure) {
    return { ok: false, failure };
  } finally {
    timer.cancel();
    stop.removeEventListener('abort', onStop);
  }
}

/** The id is the row's own, so that it stays the same from try to try. */
function messageOf(row: OutboxRow): ChannelMessage {
  try {
    return { ...(JSON.parse(row.message) as ChannelMessage), id: `msg_${row.jobId}_${row.id}` };
  } catch (error) {
    throw new DeliveryFailure(`its stored text is damaged: ${String(error)}`, false);
  }
}
