/** `git-clone`: a fresh shallow clone. */
import { git, tryGit, failureOf, type GitCall } from './git.ts';
import type { GitAccess } from './git-environment.ts';
import { isUnknownObject } from './git-failure.ts';
import { checkOut, initOwnGit } from './own-git.ts';
import { refNotFound, resolveRef, type Target } from './resolve-ref.ts';
import type { PreparedWorkspace, WorkspaceContext } from './workspace.ts';

/**
 * Fetches `ref` at depth 1 into the empty `directory` and checks it out. A commit that the server hands out only as part
 * of a history, and a shortened one, cost the whole history.
 */
export async function cloneInto(
  context: WorkspaceContext,
  access: GitAccess,
  directory: string,
  ref: string | undefined,
): Promise<PreparedWorkspace> {
  const { remote } = access;
  const repo = remote.shown;
  const { target, objectFormat } = await resolveRef(context, access, ref);
  const own = { directory, origin: remote.shown, repo, objectFormat };
  const gitDirectory = await initOwnGit(context, own);
  const commit = await fetchTarget(context, access, gitDirectory, target);
  const branch = target.kind === 'branch' ? target.name : undefined;
  await checkOut(context, { ...own, gitDirectory, commit, branch });
  return { directory, borrowed: [], commit };
}

async function fetchTarget(
  context: WorkspaceContext,
  access: GitAccess,
  gitDirectory: string,
  target: Target,
): Promise<string> {
  const shallow = ['--depth=1', '--no-tags'];
  if (target.kind === 'branch') {
    const refspec = `+${target.fullName}:refs/remotes/origin/${target.name}`;
    await git(context, access.remote.shown, fetchCall(access, gitDirectory, shallow, [refspec]));
    return commitAt(context, access, gitDirectory, 'FETCH_HEAD');
  }
  if (target.kind === 'reference') {
    const isTag = target.fullName.startsWith('refs/tags/');
    const refspec = isTag ? `+${target.fullName}:${target.fullName}` : target.fullName;
    await git(context, access.remote.shown, fetchCall(access, gitDirectory, shallow, [refspec]));
    return commitAt(context, access, gitDirectory, 'FETCH_HEAD');
  }
  if (target.kind === 'commit') {
    const call = fetchCall(access, gitDirectory, shallow, [target.id]);
    const result = await tryGit(context, call);
    if (result.code === 0) return commitAt(context, access, gitDirectory, target.id);
    if (!isUnknownObject(result.stderr)) throw failureOf(access.remote.shown, call, result);
    context.log?.('the server does not hand out that commit alone: fetching the whole history');
  }
  const everything = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  await git(context, access.remote.shown, fetchCall(access, gitDirectory, ['--no-tags'], everything));
  return commitAt(context, access, gitDirectory, target.id);
}

/** A fetch of `refspecs` that touches nothing but objects, those references and FETCH_HEAD. */
export function fetchCall(
  access: GitAccess,
  gitDirectory: string,
  options: readonly string[],
  refspecs: readonly string[],
): GitCall {
  const fixed = ['fetch', '--quiet', '--force', '--no-recurse-submodules', '--no-auto-maintenance', '--update-head-ok'];
  return { args: [...fixed, ...options, '--', access.remote.url, ...refspecs], gitDirectory, access };
}

/** The full id of the commit that `revision` names there. Rejects with PYLON_REF_NOT_FOUND. */
export async function commitAt(
  context: WorkspaceContext,
  access: GitAccess,
  gitDirectory: string,
  revision: string,
): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const { code, stdout } = await tryGit(context, { args, gitDirectory });
  if (code !== 0) throw refNotFound(access.remote.shown, revision);
  return stdout.trim();
}
