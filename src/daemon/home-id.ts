/** The home's random id, made once: it tells this home's containers from every other's. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { HomePaths } from '../config/home.ts';

export function homeId({ run }: HomePaths): string {
  const file = path.join(run, 'home-id');
  const found = read(file);
  if (found !== undefined) return found;
  const made = randomUUID();
  // A half-written id would be another home's the next time.
  writeFileSync(`${file}.new`, `${made}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return made;
}

function read(file: string): string | undefined {
  try {
    return /^[0-9a-f-]{36}$/.exec(readFileSync(file, 'utf8').trim())?.[0];
  } catch {
    return undefined;
  }
}
