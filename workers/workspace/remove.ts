import { stat } from 'node:fs/promises';

import { fail } from '../../src/errors.ts';
import { runInGroup, type RunResult } from '../child/run-in-group.ts';

/**
 * Removes a directory that an agent wrote in, whatever it did to it: closed directories, trees deeper than a path can
 * name, links (which are removed, never followed). Nothing there is fine. Nobody may be writing in it any more.
 * Rejects with PYLON_NOT_REMOVED, naming what stayed; files of other users in directories of theirs do, unless we are root.
 */
export async function removeJobDirectory(directory: string, signal = new AbortController().signal): Promise<void> {
  const first = await run(['rm', '-rf', '--', directory], signal);
  if (first.code === 0) return;
  // Only what is ours can be opened up; rm and chmod work by file descriptors and pass links by.
  await run(['chmod', '-R', 'u+rwx', '--', directory], signal);
  const second = await run(['rm', '-rf', '--', directory], signal);
  if (second.code === 0 || !(await exists(directory))) return;
  const reason = second.stderr.trim().split('\n')[0] ?? 'rm gave no reason';
  throw fail('PYLON_NOT_REMOVED', { directory, reason });
}

function run(argv: readonly [string, ...string[]], signal: AbortSignal): Promise<RunResult> {
  return runInGroup({
    argv,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    signal,
    graceMs: 1_000,
    maxOutputBytes: 10_000,
    group: { started: () => undefined, ended: () => undefined },
  });
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
