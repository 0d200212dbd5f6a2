/** Pause before the first, second, … restart in a row; the last one goes for all further. Milliseconds. */
const pauses = [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;

/** A thread that then lived this long starts with a clean record. */
const quietTime = 120_000;

/**
 * How long to wait before a thread that has just died is started again.
 *
 * @param history When it died, in milliseconds since 1970, oldest first, this death included.
 * @param now Milliseconds since 1970.
 * @returns Milliseconds; 0 for the first death after a quiet time.
 */
export function restartDelay(history: readonly number[], now: number): number {
  const inARow = deathsInARow(history, now);
  return pauses[Math.min(Math.max(inARow - 1, 0), pauses.length - 1)] ?? 0;
}

function deathsInARow(history: readonly number[], now: number): number {
  let later = now;
  let count = 0;
  for (const death of history.toReversed()) {
    if (later - death >= quietTime) break;
    later = death;
    count += 1;
  }
  return count;
}
