/** A remote repository's bare clone, kept in the home and brought up to date for each job that borrows from it. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { commitAt, fetchCall } from './clone.ts';
import { failureOf, git, tryGit } from './git.ts';
import type { GitAccess } from './git-environment.ts';
import { isLocalDamage, isUnknownObject } from './git-failure.ts';
import { withLock } from './fetch-lock.ts';
import { removeJobDirectory } from './remove.ts';
import { refNotFound, resolveRef, type ObjectFormat, type Target } from './resolve-ref.ts';
import { guardSize } from './size-guard.ts';
import type { WorkspaceContext } from './workspace.ts';

export interface Source {
  /** The git directory that holds the objects. */
  readonly gitDirectory: string;
  readonly commit: string;
  /** The branch that was asked for, where it was one. */
  readonly branch: string | undefined;
}

/**
 * The cached clone of `access.remote` below `repos`, fetched just now with these credentials, and what `ref` is in it.
 * One job at a time fetches a clone, over all threads. Objects are never removed, so what a job borrowed stays.
 */
export function fetchCached(
  context: WorkspaceContext,
  access: GitAccess,
  repos: string,
  ref: string | undefined,
): Promise<Source> {
  const name = createHash('sha256').update(access.remote.shown).digest('hex').slice(0, 32);
  const gitDirectory = join(repos, name);
  return withLock(context, `${gitDirectory}.lock`, async () => {
    await mkdir(gitDirectory, { recursive: true });
    return guardSize(context, gitDirectory, access.remote.shown, async (guarded) => {
      const { target, objectFormat } = await resolveRef(guarded, access, ref);
      await bringUpToDate(guarded, access, { gitDirectory, objectFormat });
      const commit = await commitOf(guarded, access, gitDirectory, target);
      await foldPacks(guarded, access, gitDirectory);
      return { gitDirectory, commit, branch: target.kind === 'branch' ? target.name : undefined };
    });
  });
}

const everything = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

interface Bare {
  readonly gitDirectory: string;
  readonly objectFormat: ObjectFormat;
}

async function bringUpToDate(context: WorkspaceContext, access: GitAccess, bare: Bare): Promise<void> {
  const { gitDirectory } = bare;
  await clearLeftovers(gitDirectory);
  await initBare(context, access, bare);
  const call = fetchCall(access, gitDirectory, ['--prune', '--no-tags'], everything);
  const result = await tryGit(context, call);
  if (result.code === 0) return;
  if (!isLocalDamage(result.stderr)) throw failureOf(access.remote.shown, call, result);
  context.log?.('the cached clone is damaged: making it anew');
  await removeJobDirectory(gitDirectory, context.signal);
  await mkdir(gitDirectory);
  await initBare(context, access, bare);
  await git(context, access.remote.shown, call);
}

/** Harmless on one that is there already. */
async function initBare(context: WorkspaceContext, access: GitAccess, bare: Bare): Promise<void> {
  // Agents of another user id borrow these objects, so they must be readable; the home around them is closed.
  const { gitDirectory, objectFormat } = bare;
  const args = ['init', '--quiet', '--bare', '--template=', '--shared=0644', `--object-format=${objectFormat}`];
  await git(context, access.remote.shown, { args, gitDirectory });
  // Says whose clone this directory is, for people who look.
  await writeFile(join(gitDirectory, 'description'), `${access.remote.shown}\n`);
}

/** What a git that was killed here left behind; nobody else is at work, as we hold the lock. */
async function clearLeftovers(gitDirectory: string): Promise<void> {
  const names = await readdir(gitDirectory, { recursive: true }).catch(() => []);
  const stale = names.filter((name) => name.endsWith('.lock') || /(?:^|\/)tmp_[^/]*$/.test(name));
  await Promise.all(stale.map((name) => rm(join(gitDirectory, name), { recursive: true, force: true })));
}

async function commitOf(
  context: WorkspaceContext,
  access: GitAccess,
  gitDirectory: string,
  target: Target,
): Promise<string> {
  if (target.kind === 'branch') return commitAt(context, access, gitDirectory, target.fullName);
  if (target.kind === 'short-commit') return commitAt(context, access, gitDirectory, target.id);
  if (target.kind === 'reference') {
    if (target.fullName.startsWith('refs/tags/')) return commitAt(context, access, gitDirectory, target.fullName);
    await git(context, access.remote.shown, fetchCall(access, gitDirectory, ['--no-tags'], [target.fullName]));
    return commitAt(context, access, gitDirectory, 'FETCH_HEAD');
  }
  const args = ['cat-file', '-e', `${target.id}^{commit}`];
  const { code } = await tryGit(context, { args, gitDirectory });
  if (code !== 0) await fetchCommit(context, access, gitDirectory, target.id);
  return commitAt(context, access, gitDirectory, target.id);
}

async function fetchCommit(
  context: WorkspaceContext,
  access: GitAccess,
  gitDirectory: string,
  id: string,
): Promise<void> {
  const call = fetchCall(access, gitDirectory, ['--no-tags'], [id]);
  const result = await tryGit(context, call);
  if (result.code === 0) return;
  throw isUnknownObject(result.stderr)
    ? refNotFound(access.remote.shown, id)
    : failureOf(access.remote.shown, call, result);
}

const manyPacks = 40;

/** Each fetch adds a pack, and many make git slow. Joins small ones; drops no object, reachable or not. */
async function foldPacks(context: WorkspaceContext, access: GitAccess, gitDirectory: string): Promise<void> {
  const names = await readdir(join(gitDirectory, 'objects', 'pack')).catch(() => []);
  if (names.filter((name) => name.endsWith('.pack')).length < manyPacks) return;
  await git(context, access.remote.shown, { args: ['repack', '--quiet', '--geometric=2', '-d'], gitDirectory });
}

/** The `shallow` file of a git directory, or undefined where its history is whole. */
export async function shallowOf(gitDirectory: string): Promise<string | undefined> {
  try {
    return await readFile(join(gitDirectory, 'shallow'), 'utf8');
  } catch {
    return undefined;
  }
}
