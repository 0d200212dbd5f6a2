/** A temporary home whose control socket is served by a view in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { controlServer } from '../../src/control/server.ts';
import { makeLog } from '../../src/log.ts';
import { MemoryView } from '../control/memory-view.ts';

export interface ServedHome {
  readonly home: string;
  readonly view: MemoryView;
  stopServing(): Promise<void>;
  remove(): Promise<void>;
}

export async function servedHome(): Promise<ServedHome> {
  const home = await mkdtemp(join(tmpdir(), 'pylon-cli-'));
  const view = new MemoryView(home);
  const server = controlServer({ home, view, log: makeLog(() => {}) });
  await server.start();
  return {
    home,
    view,
    stopServing: () => server.stop(),
    async remove() {
      await server.stop();
      await rm(home, { recursive: true });
    },
  };
}
