/**
 * Reading settings from places where anything may lie: a link, a pipe or something enormous is refused, not followed.
 * Leaf: imports nothing of ours.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** The most that a settings file may hold: 256 KB. */
const largestSettingsFile = 256 * 1024;

/** Why a file cannot be used, in words that follow its name. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

/**
 * The text of a regular file of at most `largest` bytes, or undefined where there is none.
 * Never waits (a pipe would), and follows no link in the last part of `path`.
 *
 * @throws UnusableFile
 */
export function readRegularFile(path: string, largest = largestSettingsFile): string | undefined {
  const descriptor = open(path);
  if (descriptor === undefined) return undefined;
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile())
      throw new UnusableFile(
        `is ${found.isDirectory() ? 'a directory' : 'not a regular file'}; expected a regular file`,
      );
    const bytes = Buffer.alloc(Math.min(found.size, largest) + 1);
    const size = readAll(descriptor, bytes);
    if (size > largest)
      throw new UnusableFile(`is larger than ${largest / 1024} KB, which is the most a settings file may be`);
    return decode(bytes.subarray(0, size));
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP' || code === 'EMLINK')
      throw new UnusableFile('is a link; expected a regular file', { cause: thrown });
    if (code === 'EACCES') throw new UnusableFile('may not be read by this user', { cause: thrown });
    if (code === 'ENXIO') throw new UnusableFile('is not a regular file; expected a regular file', { cause: thrown });
    throw new UnusableFile(`cannot be opened (${String(code)})`, { cause: thrown });
  }
}

/** Fills `bytes` as far as the file goes; returns how much that was. */
function readAll(descriptor: number, bytes: Buffer): number {
  let size = 0;
  while (size < bytes.length) {
    const read = readSync(descriptor, bytes, size, bytes.length - size, null);
    if (read === 0) break;
    size += read;
  }
  return size;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new UnusableFile('is not UTF-8 text', { cause: thrown });
  }
}
