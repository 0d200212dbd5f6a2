/** A repository on this machine that a job borrows from: looked at, never written to. */
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';

import { fail } from '../../src/errors.ts';
import { checkHostPath } from '../engine/host-path.ts';
import type { Source } from './cached-clone.ts';
import { tryGit } from './git.ts';
import { parseRemote, showRepo } from './remote.ts';
import { refNotFound } from './resolve-ref.ts';
import type { WorkspaceContext } from './workspace.ts';

export interface LocalSource extends Source {
  /** Its object directory. */
  readonly objects: string;
  /** Where it comes from itself, without credentials; its path where it comes from nowhere. */
  readonly origin: string;
}

/**
 * The repository (bare or not, a linked worktree too) at the absolute `path`, and what `ref` is in it.
 * Throws PYLON_HOST_PATH, PYLON_REPO_INVALID, PYLON_REF_NOT_FOUND.
 */
export async function findLocal(
  context: WorkspaceContext,
  { path, ref, home }: { readonly path: string; readonly ref: string | undefined; readonly home: string },
): Promise<LocalSource> {
  if (!isAbsolute(path)) throw fail('PYLON_REPO_INVALID', { repo: showRepo(path), reason: 'is not an absolute path' });
  const resolved = checkHostPath(path, { home, what: 'workspace.repo' });
  // Git lists borrowed object directories one a line.
  if (/\p{Cc}/u.test(resolved))
    throw fail('PYLON_REPO_INVALID', { repo: showRepo(path), reason: 'contains a control character' });
  if (!(await stat(resolved)).isDirectory()) throw notRepository(path);
  const ask = asker(context, resolved);
  const [gitDirectory, objects] = await ask(
    'rev-parse',
    '--path-format=absolute',
    '--git-common-dir',
    '--git-path',
    'objects',
  );
  if (gitDirectory === undefined || objects === undefined) throw notRepository(path);
  // A `.git` file may point anywhere.
  checkHostPath(gitDirectory, { home, what: 'workspace.repo' });
  const [origin] = await ask('config', '--get', 'remote.origin.url');
  const found = await findRef(ask, path, ref);
  return { gitDirectory, objects, origin: showOrigin(origin ?? path, path), ...found };
}

type Asker = (...args: string[]) => Promise<string[]>;

/** Runs a git that only reads, inside `directory` and not in one above it; no lines where it fails. */
function asker(context: WorkspaceContext, directory: string): Asker {
  return async (...args) => {
    const { code, stdout } = await tryGit(context, {
      args: ['-C', directory, ...args],
      settings: [['safe.directory', '*']],
      ceiling: dirname(directory),
    });
    return code === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
  };
}

async function findRef(
  ask: Asker,
  path: string,
  ref: string | undefined,
): Promise<{ commit: string; branch: string | undefined }> {
  const candidates =
    ref === undefined ? ['HEAD'] : ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`, ref];
  for (const name of candidates) {
    if (name === ref && !ref.startsWith('refs/') && !/^[0-9a-f]{4,64}$/i.test(ref)) continue;
    const [commit] = await ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
    if (commit === undefined) continue;
    const fullName = name === 'HEAD' ? (await ask('symbolic-ref', '--quiet', 'HEAD'))[0] : name;
    return { commit, branch: /^refs\/heads\/(.+)$/.exec(fullName ?? '')?.[1] };
  }
  throw refNotFound(path, ref ?? 'HEAD');
}

function showOrigin(origin: string, path: string): string {
  try {
    return parseRemote({ repo: origin, repoIsTemplated: false, hosts: undefined }).shown;
  } catch {
    return path;
  }
}

const notRepository = (path: string): Error =>
  fail('PYLON_REPO_INVALID', { repo: showRepo(path), reason: 'is not a git repository' });
