import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { moved } from '../cast.ts';
import type { Stage } from '../stage.ts';
import type { ActionOf, FaultContext, Hit } from './fault.ts';

/** A pylon's directory goes away while its jobs run, and comes back: new, at once, or as it was. */
export async function troubleDirectory({ stage }: FaultContext, { how, ms }: ActionOf<'directory'>): Promise<Hit> {
  const directory = stage.pylonDirectory(moved);
  const aside = path.join(stage.home, `aside-${Date.now()}`);
  switch (how) {
    case 'delete':
      rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
      await pause(ms);
      makeAnew(stage, directory);
      break;
    case 'replace':
      renameSync(directory, aside);
      makeAnew(stage, directory);
      break;
    case 'rename-back':
      renameSync(directory, aside);
      await pause(ms);
      // What the daemon made in its place, if it did, is not what is wanted.
      if (existsSync(directory)) rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
      renameSync(aside, directory);
  }
  return {};
}

function makeAnew(stage: Stage, directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(directory, 'pylon.yaml'), stage.yaml(moved), { mode: 0o600 });
}
