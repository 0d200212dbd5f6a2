/** The outbox, wired to this pylon's rows and channel. */
import type { ChannelSettings, PylonSettings } from '../../src/protocol/settings.ts';
import type { Channel } from '../channel/channel.ts';
import { makeOutbox } from '../channel/outbox.ts';
import type { Outbox } from '../channel/outbox.ts';
import { dueDeliveries, nextDeliveryAt } from '../store/due-deliveries.ts';
import { findRun } from '../store/find-run.ts';
import { giveUpDelivery } from '../store/give-up-delivery.ts';
import { noteDelivered } from '../store/note-delivered.ts';
import { noteDeliveryFailed } from '../store/note-delivery-failed.ts';
import type { OutboxRow } from '../store/records.ts';
import { transaction } from '../store/transaction.ts';
import type { ActorContext } from './context.ts';
import { restoreSettings } from './kept-settings.ts';
import { lastGoodSettings } from './last-good-settings.ts';
import { expandedPart } from './variables.ts';

/** @param print writes a block of text to the daemon's output; resolves when it is out */
export function makeDeliveries(context: ActorContext, print: (text: string) => Promise<void>): Outbox {
  const { store, clock, log } = context;
  return makeOutbox({
    rows: {
      due: (now, limit) => dueDeliveries(store, now, limit),
      nextAt: () => nextDeliveryAt(store),
      delivered: (id, at) => transaction(store, () => noteDelivered(store, id, at)),
      failed: (id, at, nextAt, error) => transaction(store, () => noteDeliveryFailed(store, id, at, nextAt, error)),
      gaveUp: (id, at, error) => transaction(store, () => giveUpDelivery(store, id, at, error)),
    },
    channelOf: (row) => channelOf(context, row, print),
    clock,
    log,
    firstPauseMs: context.timings.deliveryPause,
  });
}

/** The channel of the settings that the run was given; those in force where it ended before it had any. */
async function channelOf(
  context: ActorContext,
  row: OutboxRow,
  print: (text: string) => Promise<void>,
): Promise<Channel> {
  const current = context.inForce().settings;
  const kept = findRun(context.store, row.jobId, row.run)?.settings ?? null;
  const settings = kept ?? current ?? lastGoodSettings(context.store);
  const channel: ChannelSettings =
    settings === null ? { type: 'stdout', approval: false } : channelSettings(context, settings, current);
  // Loaded with the first message, as many pylons have none to send for a long time.
  const { channelFor } = await import('../channel/channel-for.ts');
  const { renderBody } = await import('./render-body.ts');
  return channelFor(channel, { print, renderBody: (template) => renderBody(context, row, template) });
}

function channelSettings(context: ActorContext, kept: PylonSettings, current: PylonSettings | null): ChannelSettings {
  return expandedPart(context, restoreSettings(kept, current, 'channel').channel);
}
