/** Which pylons there are: the directories below `pylons/`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { reasonOf } from '../errors.ts';
import type { HomePaths } from './home.ts';
import type { Problem } from './problem.ts';

export function isPylonName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);
}

export interface PylonNames {
  /** Sorted. Whether they hold a pylon.yaml is for whoever loads them to see. */
  readonly names: readonly string[];
  /** Directories that cannot be pylons, and links, which are not followed. Files and hidden directories are nobody's business. */
  readonly strange: readonly Problem[];
}

/** None where there is no `pylons/` yet. */
export function listPylonNames(paths: HomePaths): PylonNames {
  const names: string[] = [];
  const strange: Problem[] = [];
  for (const entry of entriesOf(paths.pylons, strange)) {
    const file = join(paths.pylons, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isSymbolicLink())
      strange.push({ file, message: 'is a link, which is not followed; expected a directory' });
    else if (!entry.isDirectory()) continue;
    else if (isPylonName(entry.name)) names.push(entry.name);
    else
      strange.push({
        file,
        message:
          'cannot be a pylon: expected a name of lower-case letters, digits and hyphens, starting with a letter or digit, 63 at the most',
      });
  }
  return { names: names.toSorted(), strange };
}

function entriesOf(directory: string, strange: Problem[]): ReturnType<typeof readEntries> {
  try {
    return readEntries(directory);
  } catch (thrown) {
    const missing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    if (!missing) strange.push({ file: directory, message: `cannot be read: ${reasonOf(thrown)}` });
    return [];
  }
}

function readEntries(directory: string) {
  return readdirSync(directory, { withFileTypes: true });
}
