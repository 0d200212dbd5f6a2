import type { Store } from './store.ts';

/**
 * Runs `work` (synchronous) as one transaction: all of its writes are kept and synced when this returns, or none are and
 * it throws what `work` threw, or PYLON_NOT_STORED where the disk refused. The store is usable afterwards in both cases.
 * Inside another transaction, `work` can be undone alone, and is kept and synced with the outer one.
 */
export function transaction<T>(store: Store, work: () => T): T {
  return store.inTransaction ? inner(store, work) : outer(store, work);
}

/** Like `transaction`, but inside another one `work` stands and falls with it: cheaper, for one that cannot fail by itself. */
export function within<T>(store: Store, work: () => T): T {
  return store.inTransaction ? work() : outer(store, work);
}

function outer<T>(store: Store, work: () => T): T {
  store.run('BEGIN IMMEDIATE');
  try {
    const result = work();
    store.run('COMMIT');
    return result;
  } catch (error) {
    store.abandon();
    throw error;
  }
}

function inner<T>(store: Store, work: () => T): T {
  store.run('SAVEPOINT part');
  try {
    const result = work();
    store.run('RELEASE part');
    return result;
  } catch (error) {
    if (store.broken === undefined) {
      store.run('ROLLBACK TO part');
      store.run('RELEASE part');
    }
    throw error;
  }
}
