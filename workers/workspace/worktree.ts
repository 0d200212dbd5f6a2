/** `git-worktree`: a working copy whose git directory is the job's own and borrows all objects, copying none. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { checkHostPath } from '../engine/host-path.ts';
import { fetchCached, shallowOf, type Source } from './cached-clone.ts';
import { tryGit } from './git.ts';
import type { GitAccess } from './git-environment.ts';
import { findLocal } from './local-repository.ts';
import { checkOut, initOwnGit } from './own-git.ts';
import type { PreparedWorkspace, WorkspaceContext, WorkspaceRequest } from './workspace.ts';

/** A working copy of the remote in the empty `directory`, through the home's cached clone of it. */
export async function worktreeOfRemote(
  context: WorkspaceContext,
  access: GitAccess,
  directory: string,
  request: Pick<WorkspaceRequest, 'ref' | 'repos'>,
): Promise<PreparedWorkspace> {
  const source = await fetchCached(context, access, request.repos, request.ref);
  const objects = join(source.gitDirectory, 'objects');
  return borrow(context, directory, {
    ...source,
    objects: [objects],
    origin: access.remote.shown,
    repo: access.remote.shown,
  });
}

/** A working copy of the repository at `path` on this machine, in the empty `directory`. */
export async function worktreeOfLocal(
  context: WorkspaceContext,
  directory: string,
  request: { readonly path: string; readonly ref: string | undefined; readonly home: string },
): Promise<PreparedWorkspace> {
  const source = await findLocal(context, request);
  const objects = await withAlternates(source.objects, request.home);
  return borrow(context, directory, { ...source, objects, repo: request.path });
}

interface Lender extends Source {
  /** The object directories, the first being its own. */
  readonly objects: readonly string[];
  readonly origin: string;
  readonly repo: string;
}

async function borrow(context: WorkspaceContext, directory: string, lender: Lender): Promise<PreparedWorkspace> {
  const { repo, commit, branch } = lender;
  const objectFormat = commit.length === 64 ? 'sha256' : 'sha1';
  const own = { directory, origin: lender.origin, repo, objectFormat } as const;
  const gitDirectory = await initOwnGit(context, own);
  const alternates = lender.objects.map((path) => `${path}\n`).join('');
  await writeFile(join(gitDirectory, 'objects', 'info', 'alternates'), alternates);
  const shallow = await shallowOf(lender.gitDirectory);
  if (shallow !== undefined) await writeFile(join(gitDirectory, 'shallow'), shallow);
  await copyReferences(context, lender, gitDirectory);
  await checkOut(context, { ...own, gitDirectory, commit, branch });
  return { directory, borrowed: lender.objects, commit };
}

/** The lender's branches as `origin`'s, and its tags, so that the agent can compare and look back. */
async function copyReferences(context: WorkspaceContext, lender: Lender, gitDirectory: string): Promise<void> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags'];
  const { code, stdout } = await tryGit(context, {
    args,
    gitDirectory: lender.gitDirectory,
    settings: [['safe.directory', '*']],
  });
  if (code !== 0) return;
  const packed = stdout.replace(/^([0-9a-f]+) refs\/heads\//gm, '$1 refs/remotes/origin/');
  await writeFile(join(gitDirectory, 'packed-refs'), packed);
}

const deepest = 5;

/** An object directory and those that it borrows from in turn; each must be one that an agent may be given. */
async function withAlternates(objects: string, home: string, depth = 0): Promise<string[]> {
  const checked = checkHostPath(objects, { home, what: 'workspace.repo' });
  if (depth >= deepest) return [checked];
  const text = await readFile(join(objects, 'info', 'alternates'), 'utf8').catch(() => '');
  const paths = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const further = await Promise.all(paths.map((path) => withAlternates(resolve(objects, path), home, depth + 1)));
  return [...new Set([checked, ...further.flat()])];
}
