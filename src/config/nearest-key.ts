/** Which known key somebody meant who wrote an unknown one. */

/** The known key that `written` is most likely a slip of, or undefined where none is near. */
export function nearestKey(written: string, known: readonly string[]): string | undefined {
  const wanted = plain(written);
  const ranked = known
    .map((key) => ({ key, distance: distance(wanted, plain(key)) }))
    .toSorted((left, right) => left.distance - right.distance);
  const [best] = ranked;
  if (best === undefined) return undefined;
  const allowed = Math.max(1, Math.floor(Math.max(wanted.length, best.key.length) / 3));
  return best.distance <= allowed ? best.key : undefined;
}

/** maxConcurrent, max-concurrent and max_concurrent are one. */
function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Damerau-Levenshtein distance (adjacent letters swapped count as one), of texts cut at 64 characters. */
function distance(left: string, right: string): number {
  const a = left.slice(0, 64);
  const b = right.slice(0, 64);
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(
        (rows[row - 1]?.[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (rows[row - 1]?.[column - 1] ?? 0) + cost,
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (rows[row - 2]?.[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    rows.push(current);
  }
  return rows[a.length]?.[b.length] ?? 0;
}
