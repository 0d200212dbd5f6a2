/** Makes a job's workspace, of any of the four kinds. */
import { mkdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import { fail } from '../../src/errors.ts';
import { checkHostPath } from '../engine/host-path.ts';
import { cloneInto } from './clone.ts';
import { sshKeyPath, type GitAccess } from './git-environment.ts';
import { giveAway } from './ownership.ts';
import { checkRef } from './ref.ts';
import { parseRemote } from './remote.ts';
import { removeJobDirectory } from './remove.ts';
import { guardSize } from './size-guard.ts';
import { userSettings } from './user-settings.ts';
import type { PreparedWorkspace, WorkspaceContext, WorkspaceRequest } from './workspace.ts';
import { worktreeOfLocal, worktreeOfRemote } from './worktree.ts';

/**
 * Makes `<jobDirectory>/workspace` as new (what an earlier attempt left is removed first), or for `local` finds the
 * directory. Everything is owned by `request.owner` afterwards where the daemon is root, except what `local` names.
 *
 * Rejects with the signal's reason once it aborts, after every program that took part has ended; else with a PylonError
 * that says what is wrong with the repository, ref, credentials, host or disk.
 */
export async function prepareWorkspace(
  request: WorkspaceRequest,
  context: WorkspaceContext,
): Promise<PreparedWorkspace> {
  context.signal.throwIfAborted();
  if (request.type === 'local') return findLocalDirectory(request);
  const directory = join(request.jobDirectory, 'workspace');
  const make = request.type === 'none' ? undefined : await maker(request, context);
  await removeJobDirectory(directory, context.signal);
  await mkdir(directory, { recursive: true });
  if (make === undefined) {
    await giveAway(directory, request.owner, context);
    return { directory, borrowed: [], commit: undefined };
  }
  return guardSize(context, directory, request.repo ?? '', async (guarded) => {
    const prepared = await make(guarded, directory);
    await giveAway(directory, request.owner, guarded);
    return prepared;
  });
}

type Maker = (context: WorkspaceContext, directory: string) => Promise<PreparedWorkspace>;

/** Judges the request before anything is touched, and gives what will fill the directory. */
async function maker(request: WorkspaceRequest, context: WorkspaceContext): Promise<Maker> {
  const { repo = '', home, repos, repoIsTemplated, hosts } = request;
  const ref = checkRef(request.ref);
  if (request.type === 'git-worktree' && isAbsolute(repo) && !repoIsTemplated) {
    return (guarded, directory) => worktreeOfLocal(guarded, directory, { path: repo, ref, home });
  }
  const remote = parseRemote({ repo, repoIsTemplated, hosts });
  const sshKey = remote.scheme === 'ssh' ? await checkKey(request.sshKey) : undefined;
  const settings = await userSettings(context);
  const access: GitAccess = { remote, token: request.token, sshKey, settings };
  if (request.type === 'git-clone') return (guarded, directory) => cloneInto(guarded, access, directory, ref);
  return (guarded, directory) => worktreeOfRemote(guarded, access, directory, { repos, ref });
}

async function checkKey(key: string | undefined): Promise<string | undefined> {
  if (key === undefined || key === '') return undefined;
  const path = sshKeyPath(key);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return path;
  throw fail('PYLON_SSH_KEY_MISSING', { path: key });
}

async function findLocalDirectory({ path = '', home }: WorkspaceRequest): Promise<PreparedWorkspace> {
  const directory = checkHostPath(path, { home, what: 'workspace.path' });
  if (!(await stat(directory)).isDirectory()) throw fail('PYLON_LOCAL_NOT_DIRECTORY', { path });
  return { directory, borrowed: [], commit: undefined };
}
