import { deliveryId, isHmacSha256, mismatch, soleHeader } from './scheme.ts';
import type { Scheme } from './scheme.ts';

const header = 'X-Hub-Signature-256';
const form = /^sha256=([0-9a-f]{64})$/;

/** GitHub: `sha256=` and the hex HMAC-SHA256 of the body; the delivery's id is in X-GitHub-Delivery. */
export const github: Scheme = ({ headers, secrets, body }) => {
  const sent = soleHeader(headers, header);
  if ('reason' in sent) return { ok: false, header, reason: sent.reason };
  const digest = form.exec(sent.value)?.[1];
  if (digest === undefined) {
    return { ok: false, header, reason: 'is malformed: expected sha256= and 64 lower-case hex digits' };
  }
  if (!isHmacSha256(Buffer.from(digest, 'hex'), body, secrets)) return { ok: false, header, reason: mismatch };
  return { ok: true, eventId: deliveryId(headers, 'X-GitHub-Delivery') };
};
