import { text } from './row.ts';
import type { Store } from './store.ts';

/** A value that the pylon keeps about itself, or undefined where it never did. */
export function getMeta(store: Store, key: string): string | undefined {
  const [row] = store.all('SELECT value FROM meta WHERE key = ?', [key]);
  return row && text(row, 'value');
}

/** Keeps `value` under `key`. The key `oldest_reader` belongs to the migrations. */
export function setMeta(store: Store, key: string, value: string): void {
  store.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', [key, value]);
}
