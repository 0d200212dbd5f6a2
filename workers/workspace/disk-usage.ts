/** How much disk a directory takes, whatever was made in it. */
import { runInGroup } from '../child/run-in-group.ts';

/**
 * Bytes on disk of everything below `directory`, links themselves counted and none followed; 0 where it is not there or
 * cannot be told now. Rejects with the signal's reason alone.
 *
 * By `du`, outside this thread: it goes down trees deeper than a path can name, where an agent could hide what it fills
 * the disk with, and needs no memory for a directory of a million files, on which this thread would end.
 */
export async function diskUsage(directory: string, signal: AbortSignal): Promise<number> {
  try {
    const { stdout } = await runInGroup({
      argv: ['du', '-sk', '--', directory],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
      signal,
      graceMs: 1_000,
      maxOutputBytes: 10_000,
      group: { started: () => undefined, ended: () => undefined },
    });
    // Its exit code also tells of what vanished while it looked; its total is right all the same.
    return Number(/^(\d+)\s/.exec(stdout)?.[1] ?? 0) * 1024;
  } catch {
    signal.throwIfAborted();
    return 0;
  }
}
