/**
 * Durations (`90s`, `1h30m`, `7d`) and sizes (`512k`, `5mb`, `4g`) as people write them in settings.
 * Leaf: imports nothing of ours.
 */

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const durationForm = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/** Milliseconds of a Go-style duration, or undefined when `text` is not one. */
export function parseDuration(text: string): number | undefined {
  if (!durationForm.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  }
  return Math.round(total);
}

const sizeForm = /^(\d+(?:\.\d+)?)(b|kb?|mb?|gb?|tb?)?$/i;
const sizeBytes: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes of a size such as `512k`, `1mb` or `4g` (powers of 1024), or undefined when `text` is not one. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = sizeForm.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return Math.round(Number(amount) * (sizeBytes[(unit ?? 'b')[0]?.toLowerCase() ?? 'b'] ?? 1));
}

/** A duration for people, two units at the most: `850ms`, `12s`, `3m 20s`, `2h 5m`, `4d 1h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1_000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3_600), 'h'],
    [Math.floor((seconds % 3_600) / 60), 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ');
}

/** A size for people: `512 B`, `1.5 MB`, `4 GB` (powers of 1024). */
export function formatSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${Number(amount.toFixed(amount < 10 ? 1 : 0))} ${units[unit] ?? 'B'}`;
}
