import { isHmacSha256, mismatch, soleHeader } from './scheme.ts';
import type { Scheme } from './scheme.ts';

const form = /^(?:sha256=)?([0-9a-f]{64})$/;

/** The hex HMAC-SHA256 of the body in the configured header, with or without `sha256=`; there is no delivery id. */
export const hmac: Scheme = ({ header, headers, secrets, body }) => {
  if (header === undefined) {
    return { ok: false, header: 'the request', reason: 'cannot be checked: trigger.signature_header is not set' };
  }
  const sent = soleHeader(headers, header);
  if ('reason' in sent) return { ok: false, header, reason: sent.reason };
  const digest = form.exec(sent.value)?.[1];
  if (digest === undefined) {
    return {
      ok: false,
      header,
      reason: 'is malformed: expected 64 lower-case hex digits, with or without sha256= before them',
    };
  }
  if (!isHmacSha256(Buffer.from(digest, 'hex'), body, secrets)) return { ok: false, header, reason: mismatch };
  return { ok: true, eventId: null };
};
