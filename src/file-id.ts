/** Files whatever their names. Leaf: imports nothing of ours. */
import { statSync } from 'node:fs';
import type { Stats } from 'node:fs';

/** What stays the same where a file, or a directory above it, is renamed. */
export interface FileId {
  readonly device: number;
  readonly inode: number;
}

/** The file that a path leads to now; undefined where there is none. */
export function fileAt(path: string): FileId | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : fileIdOf(found);
}

export function fileIdOf({ dev, ino }: Stats): FileId {
  return { device: dev, inode: ino };
}

export function isSameFile(one: FileId | undefined, other: FileId): boolean {
  return one?.inode === other.inode && one.device === other.device;
}
