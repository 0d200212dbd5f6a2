/** The event that is sent again and again: 1 KB of JSON, signed as GitHub signs. */
import { createHmac } from 'node:crypto';

import { secret } from '../support/home.ts';

const size = 1024;

export const event = JSON.stringify({ action: 'opened', number: 7, text: 'x'.repeat(size - 40) });
export const signatureHeader = 'x-hub-signature-256';
export const signature = sign(event);

export function sign(body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
