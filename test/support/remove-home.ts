/** Removes a test's home, and what it left in the engine where its test failed half-way. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { removeHomeFromEngine } from '../../workers/engine/docker-containers.ts';
import { engineAddress } from '../../workers/engine/engine-address.ts';
import { endDaemonsOf } from './daemon.ts';
import { makeHome } from './home.ts';
import type { TestHome } from './home.ts';

/** The random id that the daemon gave the home. */
export function homeIdOf({ home }: TestHome): string {
  return readFileSync(path.join(home, 'run', 'home-id'), 'utf8').trim();
}

/** Gives `work` a home of its own, which is gone afterwards. */
export async function withHome(work: (home: TestHome) => Promise<void>): Promise<void> {
  const home = makeHome();
  try {
    await work(home);
  } finally {
    await removeTestHome(home);
  }
}

/** Containers, network and files of the home. A home that never had a daemon has only files. */
export async function removeTestHome(home: TestHome): Promise<void> {
  await endDaemonsOf(home.home);
  try {
    await removeHomeFromEngine(engineAddress(process.env), homeIdOf(home));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  } finally {
    home.remove();
  }
}
