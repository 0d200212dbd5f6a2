/** The pylon's own `.env`, as it stands on disk at the moment it is asked for. */
import { lstatSync } from 'node:fs';

import { readEnvFile } from '../../src/env-file.ts';

/** By name. A file that is missing or cannot be used sets nothing. */
export type OwnEnv = () => Readonly<Record<string, string>>;

/** The system's own clock of files ticks in milliseconds: two writes so near each other can look like one. */
const tickMs = 100;

/** Asked for each request, so what was read is kept for as long as the file is the same one, unchanged. */
export function makeOwnEnv(file: string): OwnEnv {
  let kept: { readonly mark: string; readonly values: Readonly<Record<string, string>> } | undefined;
  return () => {
    // Looked at before it is read: a write in between shows the next time.
    const found = look(file);
    if (kept !== undefined && kept.mark === found.mark) return kept.values;
    const values = read(file);
    kept = Date.now() - found.changedAt > tickMs ? { mark: found.mark, values } : undefined;
    return values;
  };
}

/** What tells one state of the file from another. */
function look(file: string): { readonly mark: string; readonly changedAt: number } {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return { mark: 'none', changedAt: 0 };
  const { ino, size, mode, mtimeMs, ctimeMs } = found;
  return { mark: `${ino} ${size} ${mode} ${mtimeMs} ${ctimeMs}`, changedAt: Math.max(mtimeMs, ctimeMs) };
}

function read(file: string): Readonly<Record<string, string>> {
  try {
    return readEnvFile(file).values;
  } catch {
    // What it would have set shows as a variable that is missing.
    return {};
  }
}
