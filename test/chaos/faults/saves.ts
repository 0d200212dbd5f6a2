import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { edited } from '../cast.ts';
import type { ActionOf, FaultContext, Hit } from './fault.ts';

/** An editor, or several, that save in quick succession, in each way that editors do; some of what they save is faulty. */
export async function saveOften(context: FaultContext, { count, everyMs }: ActionOf<'saves'>): Promise<Hit> {
  const { stage, random } = context;
  const file = path.join(stage.pylonDirectory(edited), 'pylon.yaml');
  for (let version = 1; version <= count; version += 1) {
    const good = stage.yaml(edited, version);
    const last = version === count;
    const text = last ? good : random.pick([good, good, `${good}limits: [`, good.slice(0, 100), '', 'name: 7\n']);
    await save(file, text, last ? 'rename' : random.pick(['write', 'rename', 'remove']));
    await pause(everyMs);
  }
  return {};
}

/** A full disk, which is another fault, refuses a save; then it is tried until it is there. */
async function save(file: string, text: string, how: 'write' | 'rename' | 'remove'): Promise<void> {
  for (;;) {
    try {
      if (how === 'remove') rmSync(file, { force: true });
      const target = how === 'rename' ? `${file}.new` : file;
      writeFileSync(target, text, { mode: 0o600 });
      if (how === 'rename') renameSync(target, file);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && ['ENOSPC', 'EROFS'].includes(String(error.code)))) throw error;
      await pause(100);
    }
  }
}
