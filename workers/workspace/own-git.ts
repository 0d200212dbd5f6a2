/** The git directory of a job's own: made fresh, filled in by us, then handed to the agent and never used by us again. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { git } from './git.ts';
import type { ObjectFormat } from './resolve-ref.ts';
import type { WorkspaceContext } from './workspace.ts';

export interface OwnGit {
  /** Host directory of the workspace; empty so far. */
  readonly directory: string;
  /** What `origin` is set to: a URL without credentials. */
  readonly origin: string;
  /** For messages. */
  readonly repo: string;
  readonly objectFormat: ObjectFormat;
}

/** Makes `<directory>/.git`, with nothing of anybody's template in it. Returns its path. */
export async function initOwnGit(context: WorkspaceContext, own: OwnGit): Promise<string> {
  const gitDirectory = join(own.directory, '.git');
  await git(context, own.repo, {
    args: ['init', '--quiet', '--template=', `--object-format=${own.objectFormat}`],
    gitDirectory,
    workTree: own.directory,
  });
  await appendFile(join(gitDirectory, 'config'), ownSettings(own.origin));
  await mkdir(join(gitDirectory, 'info'), { recursive: true });
  await writeFile(join(gitDirectory, 'info', 'exclude'), '');
  return gitDirectory;
}

/** An agent can commit at once; an image that wants another name sets GIT_AUTHOR_NAME and its kin. */
const ownSettings = (origin: string): string => `[remote "origin"]
\turl = ${quote(origin)}
\tfetch = +refs/heads/*:refs/remotes/origin/*
[user]
\tname = Pylon
\temail = pylon@localhost
`;

const branchSettings = (branch: string): string => `[branch ${quote(branch)}]
\tremote = origin
\tmerge = ${quote(`refs/heads/${branch}`)}
`;

/** As git's configuration files quote values and section names. Neither holds a line break: both were checked. */
const quote = (text: string): string => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;

export interface Checkout extends OwnGit {
  readonly gitDirectory: string;
  readonly commit: string;
  /** The branch to be on; detached where undefined. */
  readonly branch: string | undefined;
}

/** Checks `commit` out into the workspace. Nothing of the repository's runs: no filter, hook or submodule is known to git. */
export async function checkOut(context: WorkspaceContext, checkout: Checkout): Promise<void> {
  const { gitDirectory, branch, commit, repo } = checkout;
  const onto = branch === undefined ? ['--detach'] : ['--no-track', '-B', branch];
  await git(context, repo, {
    args: ['checkout', '--quiet', '--force', '--no-recurse-submodules', ...onto, commit, '--'],
    gitDirectory,
    workTree: checkout.directory,
  });
  if (branch !== undefined) await appendFile(join(gitDirectory, 'config'), branchSettings(branch));
}
