/** Jobs that arrive together share one transaction, and so one synchronous write to the disk. */
import { transaction } from '../store/transaction.ts';
import type { Store } from '../store/store.ts';

export interface CommitGroup {
  /**
   * Runs `write` in the next shared transaction; resolves once it is committed and synced.
   * Rejects with what the commit, or this `write`, threw. Nothing of a rejected `write` is stored.
   */
  add<Result>(write: () => Result): Promise<Result>;
}

interface Entry {
  readonly run: () => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export function makeCommitGroup(store: Store): CommitGroup {
  let entries: Entry[] = [];
  const flush = (): void => {
    const batch = entries;
    entries = [];
    if (attempt(store, batch)) return;
    // One bad write would take its neighbours down with it: each again by itself.
    for (const entry of batch) attempt(store, [entry], entry.failed);
  };
  return {
    add: (write) =>
      new Promise((resolve, reject) => {
        // A turn of the event loop is the window in which arrivals meet.
        if (entries.length === 0) setImmediate(flush);
        let result: ReturnType<typeof write>;
        entries.push({
          run: () => {
            result = write();
          },
          done: () => resolve(result),
          failed: reject,
        });
      }),
  };
}

function attempt(store: Store, batch: readonly Entry[], onError: (error: unknown) => void = () => {}): boolean {
  try {
    transaction(store, () => {
      for (const entry of batch) entry.run();
    });
  } catch (error) {
    onError(error);
    return false;
  }
  for (const entry of batch) entry.done();
  return true;
}
