/** How much room there is, and how much a job takes. */
import { opendir, lstat, statfs } from 'node:fs/promises';
import path from 'node:path';

/** Bytes that this process may still write on the file system of `directory`. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Bytes that a tree takes on its disk. Follows no link; what vanishes or refuses to be read meanwhile counts nothing. */
export async function takenBytes(directory: string, signal: AbortSignal): Promise<number> {
  let total = 0;
  const entries = await opendir(directory).catch(() => undefined);
  if (entries === undefined) return 0;
  for await (const entry of entries) {
    signal.throwIfAborted();
    const file = path.join(directory, entry.name);
    const status = await lstat(file).catch(() => undefined);
    if (status === undefined) continue;
    total += status.blocks * 512;
    if (status.isDirectory()) total += await takenBytes(file, signal);
  }
  return total;
}
