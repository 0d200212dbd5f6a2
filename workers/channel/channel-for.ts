import type { ChannelSettings } from '../../src/protocol/settings.ts';
import type { Channel } from './channel.ts';
import { DeliveryFailure } from './channel.ts';
import { stdoutChannel } from './stdout/stdout-channel.ts';
import { webhookChannel } from './webhook/webhook-channel.ts';
import type { WebhookContext } from './webhook/webhook-channel.ts';

export interface ChannelContext extends WebhookContext {
  /** Writes a block of text to the daemon's output; resolves when it is out. */
  readonly print: (text: string) => Promise<void>;
}

/** The channel that `settings` (expanded) describe. Nothing is connected, and no secret looked at, before it sends. */
export function channelFor(settings: ChannelSettings, context: ChannelContext): Channel {
  switch (settings.type) {
    case 'stdout':
      return stdoutChannel(context.print);
    case 'webhook':
      return webhookChannel(settings.webhook, context);
    case 'telegram':
    case 'slack':
      return {
        send: () => Promise.reject(new DeliveryFailure(`not available yet: channel type ${settings.type}`, false)),
      };
    default:
      return settings.type satisfies never;
  }
}
