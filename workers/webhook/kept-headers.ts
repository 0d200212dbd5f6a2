import type { HeaderPairs } from './schemes/scheme.ts';

/** Bytes of one header's value, and of all of them, beyond which a header is left out. */
const longestValue = 4 * 1024;
const longestInAll = 16 * 1024;

/** Names that speak of a credential. `x-gitlab-token` is one: there the secret itself is sent. */
const secretName = /signature|authoriz|authentic|cookie|token|secret|password|passwd|api-?key|hmac|credential/;

/**
 * The headers that are kept with a job and that its templates see: lower-case names, repeats joined with `, `.
 * Never signatures (also not the configured `signatureHeader`), cookies, authorization or anything named like a credential.
 */
export function keptHeaders(
  headers: HeaderPairs,
  signatureHeader: string | undefined,
): Readonly<Record<string, string>> {
  const kept = new Map<string, string>();
  for (const [name, value] of headers) {
    if (secretName.test(name) || name === signatureHeader?.toLowerCase()) continue;
    const before = kept.get(name);
    kept.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  let inAll = 0;
  const small = [...kept].filter(([name, value]) => {
    if (value.length > longestValue || inAll + name.length + value.length > longestInAll) return false;
    inAll += name.length + value.length;
    return true;
  });
  return Object.fromEntries(small);
}
