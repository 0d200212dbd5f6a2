/** Makes a webhook request that a pylon accepts: what its sender would send. */
import { createHmac, randomUUID } from 'node:crypto';

import { fail } from '../errors.ts';
import type { WebhookTrigger } from '../protocol/settings.ts';

/**
 * Headers for `body`, signed with the first of the trigger's secrets (expanded already) in the way it expects. Each call
 * is a new delivery.
 */
export function signedHeaders(trigger: WebhookTrigger, body: Buffer, event: string): Record<string, string> {
  const base = { 'content-type': 'application/json', 'user-agent': 'pylon-test' };
  const secret = trigger.secret?.[0];
  const delivery = { 'x-github-event': event, 'x-github-delivery': randomUUID() };
  if (secret === undefined) return { ...base, ...delivery };
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  switch (trigger.signature) {
    case 'github':
      return { ...base, ...delivery, 'x-hub-signature-256': `sha256=${signature}` };
    case 'hmac':
      return { ...base, [trigger.signature_header ?? 'x-signature']: `sha256=${signature}` };
    default:
      throw fail('PYLON_TEST_SCHEME', { scheme: trigger.signature ?? 'unnamed' });
  }
}
