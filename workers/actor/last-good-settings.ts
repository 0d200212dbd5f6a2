/** The last settings that this pylon had, kept for jobs that get their slot while its file is faulty. */
import type { PylonSettings } from '../../src/protocol/settings.ts';
import { getMeta, setMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { keepSettings } from './kept-settings.ts';

const key = 'last_good_settings';

/** Without secrets, as kept with jobs; null where the pylon never had any. */
export function lastGoodSettings(store: Store): PylonSettings | null {
  const text = getMeta(store, key);
  return text === undefined ? null : (JSON.parse(text) as PylonSettings);
}

export function rememberGoodSettings(store: Store, settings: PylonSettings): void {
  const text = JSON.stringify(keepSettings(settings));
  if (getMeta(store, key) !== text) setMeta(store, key, text);
}
