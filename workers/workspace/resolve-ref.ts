/** What a `ref` means in a remote repository. */
import { fail } from '../../src/errors.ts';
import { git } from './git.ts';
import type { GitAccess } from './git-environment.ts';
import { isCommitId, mayBeCommit } from './ref.ts';
import type { WorkspaceContext } from './workspace.ts';

export interface Resolved {
  readonly target: Target;
  readonly objectFormat: ObjectFormat;
}

export type ObjectFormat = 'sha1' | 'sha256';

export type Target =
  | { readonly kind: 'branch'; readonly name: string; readonly fullName: string }
  /** A tag, or any other full reference name. */
  | { readonly kind: 'reference'; readonly fullName: string }
  | { readonly kind: 'commit'; readonly id: string }
  | { readonly kind: 'short-commit'; readonly id: string };

/**
 * Asks the remote what `ref` is: a branch before a tag before a commit; its default branch for undefined.
 * Rejects with PYLON_REF_NOT_FOUND, or what git's complaint means.
 */
export async function resolveRef(
  context: WorkspaceContext,
  access: GitAccess,
  ref: string | undefined,
): Promise<Resolved> {
  const repo = access.remote.shown;
  const wanted =
    ref === undefined ? ['HEAD'] : ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  const output = await git(context, repo, {
    args: ['ls-remote', '--symref', '--', access.remote.url, ...new Set(['HEAD', ...wanted])],
    access,
  });
  const lines = output.split('\n').map((line) => line.split('\t'));
  // A commit that is asked for by its id may be listed nowhere, but then its length tells.
  const someId = lines.map(([id = '']) => id).find((id) => /^[0-9a-f]+$/.test(id)) ?? ref;
  return { target: findTarget(lines, repo, ref, wanted), objectFormat: someId?.length === 64 ? 'sha256' : 'sha1' };
}

type Lines = readonly (readonly string[])[];

function findTarget(lines: Lines, repo: string, ref: string | undefined, wanted: readonly string[]): Target {
  if (ref === undefined) return defaultBranch(lines, repo);
  const fullName = wanted.find((name) => lines.some(([, listed]) => listed === name));
  if (fullName !== undefined) return named(fullName);
  if (isCommitId(ref)) return { kind: 'commit', id: ref.toLowerCase() };
  if (mayBeCommit(ref)) return { kind: 'short-commit', id: ref.toLowerCase() };
  throw refNotFound(repo, ref);
}

/** The error for a `ref` that `repo` does not have. */
export const refNotFound = (repo: string, ref: string): Error =>
  fail('PYLON_REF_NOT_FOUND', { repo, ref: `the branch, tag or commit "${ref}"` });

function defaultBranch(lines: Lines, repo: string): Target {
  const pointer = lines.find(([value, name]) => name === 'HEAD' && value?.startsWith('ref: '));
  if (!lines.some(([value, name]) => name === 'HEAD' && /^[0-9a-f]+$/.test(value ?? ''))) {
    throw fail('PYLON_REF_NOT_FOUND', {
      repo,
      ref: 'a default branch (it has no commits, or its HEAD names a branch that is not there)',
    });
  }
  const fullName = pointer?.[0]?.slice('ref: '.length);
  return fullName === undefined ? { kind: 'reference', fullName: 'HEAD' } : named(fullName);
}

function named(fullName: string): Target {
  const branch = /^refs\/heads\/(.+)$/.exec(fullName)?.[1];
  return branch === undefined ? { kind: 'reference', fullName } : { kind: 'branch', name: branch, fullName };
}
