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

/** From the first byte to the one after the last. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * What comes out depends on the bytes alone, not on the pieces they come in. Secrets that overlap are hidden as one.
 * @param secrets values to hide; empty ones are ignored
 */
export function makeMask(secrets: readonly string[]): Mask {
  const needles = secrets.filter((secret) => secret.length > 0).map((secret) => Buffer.from(secret));
  let held: Buffer = Buffer.alloc(0);
  /** How many of the first held bytes belong to a secret in whose place `[secret]` was shown already. */
  let hidden = 0;
  const pass = (bytes: Buffer, end: number): Buffer => {
    const spans = merged(
      hidden,
      needles.flatMap((needle) => spansOf(needle, bytes)),
    );
    const parts: Buffer[] = [];
    let at = 0;
    let rest = 0;
    for (const { from, to } of spans) {
      if (from >= end) break;
      if (from >= hidden) parts.push(bytes.subarray(at, from), shown);
      at = Math.min(to, end);
      rest = Math.max(0, to - end);
    }
    parts.push(bytes.subarray(at, end));
    held = Buffer.from(bytes.subarray(end));
    hidden = rest;
    return Buffer.concat(parts);
  };
  return {
    get holding() {
      return held.length > 0;
    },
    push(bytes) {
      const all = Buffer.concat([held, bytes]);
      return pass(all, unfinishedAt(all, needles));
    },
    flush: () => pass(held, held.length),
  };
}

/** `text` with every secret hidden. */
export function maskText(text: string, secrets: readonly string[]): string {
  const mask = makeMask(secrets);
  return Buffer.concat([mask.push(Buffer.from(text)), mask.flush()]).toString('utf8');
}

/** Everywhere that `needle` stands, joined where it overlaps itself. */
function spansOf(needle: Buffer, bytes: Buffer): Span[] {
  const spans: Span[] = [];
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) {
    const last = spans.at(-1);
    if (last !== undefined && at < last.to) spans[spans.length - 1] = { from: last.from, to: at + needle.length };
    else spans.push({ from: at, to: at + needle.length });
  }
  return spans;
}

/** In order, those that overlap joined; the first `hidden` bytes are one as well. */
function merged(hidden: number, spans: readonly Span[]): Span[] {
  const result: Span[] = hidden > 0 ? [{ from: -1, to: hidden }] : [];
  for (const { from, to } of spans.toSorted((left, right) => left.from - right.from)) {
    const last = result.at(-1);
    if (last !== undefined && from < last.to)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else result.push({ from, to });
  }
  return result;
}

/** Where the bytes begin that may be the beginning of some secret; their end where none are. */
function unfinishedAt(bytes: Buffer, needles: readonly Buffer[]): number {
  let earliest = bytes.length;
  for (const needle of needles) {
    const [first = 0] = needle;
    let at = bytes.indexOf(first, Math.max(0, bytes.length - needle.length + 1));
    while (at !== -1 && at < earliest && !bytes.subarray(at).equals(needle.subarray(0, bytes.length - at)))
      at = bytes.indexOf(first, at + 1);
    if (at !== -1) earliest = Math.min(earliest, at);
  }
  return earliest;
}
