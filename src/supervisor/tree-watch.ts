import { realpath, stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

import type { AsyncSubscription } from '@parcel/watcher';

import { reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';

export interface TreeWatch {
  /** Subscribes where the root is there and not yet subscribed to (it is new, or was replaced). Never rejects. */
  follow(): Promise<void>;
  /** Resolves when nothing is subscribed to. */
  stop(): Promise<void>;
}

/** What a pylon's own work writes all the time. */
const ignore = ['**/jobs.db*', '**/jobs.db*/**', '**/jobs', '**/jobs/**'];

/**
 * The operating system's notices of changes below `root`, of which some are missing: a hint, not the truth.
 * Main thread only: a thread that ends with a live subscription takes the whole process down.
 *
 * After a failure it says so once and leaves this root alone.
 */
export function watchTree(options: { root: string; log: Log; onEvent: () => void }): TreeWatch {
  const { root, log, onEvent } = options;
  /** Which directory was last subscribed to, or tried. */
  let followed = '';
  let subscription: AsyncSubscription | undefined;
  /** The change of subscription under way. */
  let work: Promise<void> | undefined;

  function follow(): Promise<void> {
    work ??= subscribeAnew().finally(() => {
      work = undefined;
    });
    return work;
  }

  async function subscribeAnew(): Promise<void> {
    const present = await identity(root);
    if (present === followed) return;
    await unsubscribe();
    followed = present;
    if (present === '') return;
    try {
      const directory = await realpath(root);
      await demandInotify(directory);
      const { subscribe } = await import('@parcel/watcher');
      subscription = await subscribe(directory, (error) => (error ? giveUp(error) : onEvent()), { ignore });
    } catch (error) {
      if ((await identity(root)) === present) giveUp(error);
      else followed = '';
    }
  }

  function giveUp(error: unknown): void {
    log.warn(
      `Changes below ${root} cannot be followed (${reasonOf(error)}); its files are looked at twice a second instead.`,
    );
  }

  async function unsubscribe(): Promise<void> {
    const old = subscription;
    subscription = undefined;
    // A root that is gone cannot be unsubscribed from, nor need it be.
    await old?.unsubscribe().catch(() => undefined);
  }

  async function stop(): Promise<void> {
    await work;
    await unsubscribe();
  }

  return { follow, stop };
}

/**
 * Rejects where the user has used up its inotify instances (128 by default): the native watcher would then block the
 * calling thread for ever. A thread of its own takes one and, by ending, gives it back.
 */
function demandInotify(directory: string): Promise<void> {
  if (process.platform !== 'linux') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const probe = new Worker(new URL('./inotify-probe.js', import.meta.url), { workerData: directory, env: {} });
    probe.once('error', reject);
    probe.once('exit', () => resolve());
  });
}

async function identity(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return '';
  }
}
