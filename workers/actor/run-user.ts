/** As whom an agent works. */
import { statSync } from 'node:fs';

import { fail } from '../../src/errors.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';

export interface RunUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where the daemon is root: an id that no account of the host has by default. */
const unprivileged: RunUser = { uid: 64_823, gid: 64_823 };

/**
 * `agent.user` where set; the owner of a `local` directory; else the daemon's own user, or a fixed unprivileged one where
 * the daemon is root. On the process engine always the daemon's own: it cannot be another.
 *
 * @throws PYLON_ROOT_WORKSPACE for a root-owned `local` directory without `agent.user`
 */
export function runUser(settings: PylonSettings): RunUser {
  const own: RunUser = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (settings.engine === 'process') return own;
  if (settings.agent.user !== undefined) {
    const [uid, gid] = settings.agent.user.split(':').map(Number);
    return { uid: uid ?? own.uid, gid: gid ?? uid ?? own.gid };
  }
  const { workspace } = settings;
  if (workspace.type === 'local' && workspace.path !== undefined) {
    const owner = statSync(workspace.path, { throwIfNoEntry: false });
    // That it is not there is said where the workspace is made.
    if (owner === undefined) return own;
    if (owner.uid === 0) throw fail('PYLON_ROOT_WORKSPACE', { path: workspace.path });
    return { uid: owner.uid, gid: owner.gid };
  }
  return own.uid === 0 ? unprivileged : own;
}
