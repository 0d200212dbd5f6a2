/** Hides known secret values in a stream of bytes, also where one is cut in two by the chunks' borders. */

const shown = Buffer.from('[secret]');

export interface Mask {
  /** The bytes that can be shown by now; a tail that may be the beginning of a secret is held back. */
  push(bytes: Uint8Array): Buffer;
  /** Whether a tail is held back. */
  readonly holding: boolean;
  /** What was held back, at the end of the stream. */
  flush(): Buffer;
}

/** @param secrets values to hide; empty ones are ignored */
export function makeMask(secrets: readonly string[]): Mask {
  // Longest first, so that a secret that contains another one is hidden whole.
  const needles = secrets
    .filter((secret) => secret.length > 0)
    .map((secret) => Buffer.from(secret))
    .toSorted((left, right) => right.length - left.length);
  let held: Buffer = Buffer.alloc(0);
  return {
    get holding() {
      return held.length > 0;
    },
    push(bytes) {
      const text = replaceAll(Buffer.concat([held, bytes]), needles);
      const keep = longestBeginning(text, needles);
      held = text.subarray(text.length - keep);
      return text.subarray(0, text.length - keep);
    },
    flush() {
      const rest = held;
      held = Buffer.alloc(0);
      return rest;
    },
  };
}

/** `text` with every secret hidden. */
export function maskText(text: string, secrets: readonly string[]): string {
  const mask = makeMask(secrets);
  return Buffer.concat([mask.push(Buffer.from(text)), mask.flush()]).toString('utf8');
}

function replaceAll(bytes: Buffer, needles: readonly Buffer[]): Buffer {
  let result = bytes;
  for (const needle of needles) {
    const parts: Buffer[] = [];
    let from = 0;
    for (let at = result.indexOf(needle); at !== -1; at = result.indexOf(needle, from)) {
      parts.push(result.subarray(from, at), shown);
      from = at + needle.length;
    }
    if (parts.length > 0) result = Buffer.concat([...parts, result.subarray(from)]);
  }
  return result;
}

/** How many of the last bytes are the beginning of some secret. */
function longestBeginning(bytes: Buffer, needles: readonly Buffer[]): number {
  let longest = 0;
  for (const needle of needles) {
    for (let size = Math.min(needle.length - 1, bytes.length); size > longest; size -= 1) {
      if (bytes.subarray(bytes.length - size).equals(needle.subarray(0, size))) longest = size;
    }
  }
  return longest;
}
