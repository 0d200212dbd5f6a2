import { reasonOf } from '../../../src/errors.ts';
import { escapeControls } from '../../../src/log.ts';
import type { ChannelSettings } from '../../../src/protocol/settings.ts';
import type { Channel, ChannelMessage } from '../channel.ts';
import { DeliveryFailure } from '../channel.ts';
import { judge } from './judge.ts';
import { post } from './post.ts';
import type { WebhookTimeouts } from './post.ts';
import { standardWebhooksHeaders, standardWebhooksKey } from './sign.ts';
import { targetOf } from './target.ts';

type WebhookSettings = NonNullable<ChannelSettings['webhook']>;

export interface WebhookContext {
  /** The text that a `webhook.body` template gives for a message. */
  readonly renderBody: (template: string, message: ChannelMessage) => string | Promise<string>;
  /** Milliseconds since 1970; the system's clock where absent. */
  readonly now?: () => number;
  readonly timeouts?: WebhookTimeouts;
}

/** POSTs each message as JSON to `url`, or what the template `body` gives; signed where there is a `secret`. */
export function webhookChannel(settings: WebhookSettings | undefined, context: WebhookContext): Channel {
  const now = context.now ?? Date.now;
  return {
    async send(message, signal) {
      if (settings === undefined) throw final('channel.webhook is not set');
      const target = targetOf(settings.url);
      const body = await bodyOf(settings.body, message, context);
      const headers = new Map(Object.entries(defaultHeaders));
      if (target.authorization !== undefined) headers.set('authorization', target.authorization);
      // Names in lower case, so that the settings replace the defaults, and the signature replaces whatever they say.
      for (const [name, value] of Object.entries(settings.headers ?? {})) headers.set(name.toLowerCase(), value);
      for (const [name, value] of Object.entries(signed(settings.secret, message.id, now(), body)))
        headers.set(name, value);
      judge(
        await post(target, Object.fromEntries(headers), body, { signal, timeouts: context.timeouts }),
        target,
        now(),
      );
    },
  };
}

const final = (reason: string): DeliveryFailure => new DeliveryFailure(reason, false);

const defaultHeaders = { 'content-type': 'application/json', 'user-agent': 'Pylon' };

async function bodyOf(template: string | undefined, message: ChannelMessage, context: WebhookContext): Promise<string> {
  if (template === undefined) return JSON.stringify(publicPart(message));
  try {
    return await context.renderBody(template, message);
  } catch (error) {
    throw final(`channel.webhook.body cannot be rendered: ${escapeControls(reasonOf(error))}`);
  }
}

function publicPart(message: ChannelMessage): object {
  const { event, pylon, job_id, run, status, result, error, cost_usd, at } = message;
  return { event, pylon, job_id, run, status, result, error, cost_usd, at };
}

/** The id goes along unsigned too: it is the same in every try, so that a receiver can drop repeats by it. */
function signed(secret: string | undefined, id: string, at: number, body: string): Record<string, string> {
  if (secret === undefined) return { 'webhook-id': id };
  const key = standardWebhooksKey(secret);
  if (key === undefined) throw final('channel.webhook.secret is not base64, with or without whsec_ before it');
  return standardWebhooksHeaders(key, id, at, body);
}
