import type { Store } from './store.ts';

/** Forgets the delivery ids that were remembered before `before`. */
export function forgetEvents(store: Store, before: number): void {
  store.run('DELETE FROM events WHERE at < ?', [before]);
}
