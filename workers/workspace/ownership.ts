import { fail } from '../../src/errors.ts';
import { runInGroup } from '../child/run-in-group.ts';
import type { WorkspaceContext, WorkspaceRequest } from './workspace.ts';

/**
 * Gives everything below `directory` to who will work in it, links themselves included and none followed. Only root can;
 * for any other daemon user the agent runs as that user already. To be called before the agent has ever started.
 */
export async function giveAway(
  directory: string,
  owner: WorkspaceRequest['owner'],
  context: WorkspaceContext,
): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { code, stderr } = await runInGroup({
    argv: ['chown', '-hRP', `${owner.uid}:${owner.gid}`, '--', directory],
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    signal: context.signal,
    group: context.group,
    graceMs: 1_000,
    maxOutputBytes: 10_000,
  });
  if (code !== 0) throw fail('PYLON_WORKSPACE_FAILED', { repo: directory, reason: stderr.trim().split('\n')[0] ?? '' });
}
