/** What a signature scheme is, and what they share. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Names in lower case; a header that was sent twice is two pairs. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

export type Verification =
  | { readonly ok: true; readonly eventId: string | null }
  | { readonly ok: false; readonly header: string; readonly reason: string };

export interface SchemeInput {
  /** The configured header, lower case, for schemes that have none of their own. */
  readonly header: string | undefined;
  /** One or more, none empty. */
  readonly secrets: readonly string[];
  readonly headers: HeaderPairs;
  readonly body: Uint8Array;
}

export type Scheme = (input: SchemeInput) => Verification;

export const mismatch = 'does not match: it was not made with this pylon’s secret over exactly the bytes of this body';

/** The one value of header `name`, or why there is not exactly one. */
export function soleHeader(
  headers: HeaderPairs,
  name: string,
): { readonly value: string } | { readonly reason: string } {
  const values = headers.filter(([each]) => each === name.toLowerCase()).map(([, value]) => value);
  const [value] = values;
  if (value === undefined) return { reason: 'is missing' };
  if (values.length > 1) return { reason: `was sent ${values.length} times; expected once` };
  return { value };
}

/** Whether `digest` is the HMAC-SHA256 of `body` by any of `secrets`, in a time that tells neither which nor how nearly. */
export function isHmacSha256(digest: Uint8Array, body: Uint8Array, secrets: readonly string[]): boolean {
  let found = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(body).digest();
    found = (expected.length === digest.length && timingSafeEqual(expected, digest)) || found;
  }
  return found;
}

const longestId = 256;

/** The delivery id in header `name`; null where there is not exactly one of a sensible length. */
export function deliveryId(headers: HeaderPairs, name: string): string | null {
  const id = soleHeader(headers, name);
  return 'value' in id && id.value !== '' && id.value.length <= longestId ? id.value : null;
}
