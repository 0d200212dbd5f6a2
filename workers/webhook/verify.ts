import type { SignatureScheme } from '../../src/protocol/settings.ts';
import { github } from './schemes/github.ts';
import { hmac } from './schemes/hmac.ts';
import type { HeaderPairs, Scheme, Verification } from './schemes/scheme.ts';

/** The schemes there are, one file each. The settings check refuses the others, so that none is ever skipped. */
const schemes: Partial<Record<SignatureScheme, Scheme>> = { github, hmac };

/**
 * Whether `body`, byte for byte, was signed with one of `secrets`. Where it was, `eventId` is the sender's id of the
 * delivery (null where the scheme has none); where not, `header` and `reason` complete "The signature in {header} {reason}".
 * `header` of the input is the configured header, for schemes that have none of their own.
 */
export function verifySignature(input: {
  readonly scheme: SignatureScheme;
  readonly header: string | undefined;
  readonly secrets: readonly string[];
  readonly headers: HeaderPairs;
  readonly body: Uint8Array;
}): Verification {
  const scheme = schemes[input.scheme];
  // An empty secret is one that everybody knows.
  const secrets = input.secrets.filter((secret) => secret !== '');
  if (scheme === undefined || secrets.length === 0) {
    const lacking =
      scheme === undefined ? `the scheme ${input.scheme} is not available yet` : 'the pylon’s secret is empty';
    return { ok: false, header: input.header ?? 'the request', reason: `cannot be checked: ${lacking}` };
  }
  return scheme({ ...input, secrets });
}
