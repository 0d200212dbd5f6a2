import { createHmac } from 'node:crypto';

const prefix = 'whsec_';
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** The key in a Standard Webhooks secret: base64, with or without `whsec_` before it; undefined where it is not that. */
export function standardWebhooksKey(secret: string): Buffer | undefined {
  const encoded = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  return encoded !== '' && base64.test(encoded) ? Buffer.from(encoded, 'base64') : undefined;
}

/** The headers of a message signed as Standard Webhooks. `at` in milliseconds since 1970. */
export function standardWebhooksHeaders(key: Buffer, id: string, at: number, body: string): Record<string, string> {
  const seconds = String(Math.floor(at / 1_000));
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}
