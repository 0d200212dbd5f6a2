/** The outbox, wired to this pylon's rows and channel. */
import type { ChannelSettings, PylonSettings } from '../../src/protocol/settings.ts';
import { channelFor } from '../channel/channel-for.ts';
import type { Channel } from '../channel/channel.ts';
import { makeOutbox } from '../channel/outbox.ts';
import type { Outbox } from '../channel/outbox.ts';
import { dueDeliveries, nextDeliveryAt } from '../store/due-deliveries.ts';
import { findJob } from '../store/find-job.ts';
import { findRun } from '../store/find-run.ts';
import { giveUpDelivery } from '../store/give-up-delivery.ts';
import { noteDelivered } from '../store/note-delivered.ts';
import { noteDeliveryFailed } from '../store/note-delivery-failed.ts';
import type { OutboxRow } from '../store/records.ts';
import { transaction } from '../store/transaction.ts';
import { parseTemplate } from '../template/parse-template.ts';
import { renderTemplate } from '../template/render-template.ts';
import type { ActorContext } from './context.ts';
import { restoreSettings } from './kept-settings.ts';
import { lastGoodSettings } from './last-good-settings.ts';
import { jobData } from './render-run.ts';
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
  return channelFor(channel, { print, renderBody: (template) => renderBody(context, row, template) });
}

function channelSettings(context: ActorContext, kept: PylonSettings, current: PylonSettings | null): ChannelSettings {
  return expandedPart(context, restoreSettings(kept, current, 'channel').channel);
}

/** `webhook.body`, over what a prompt sees and the message itself as `.event`. */
function renderBody(context: ActorContext, row: OutboxRow, template: string): string {
  const job = findJob(context.store, row.jobId);
  if (job === undefined) return row.message;
  return renderTemplate(parseTemplate(template), jobData(context, job)).text;
}
