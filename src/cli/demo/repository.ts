/** The demo's repository: a small shop, and a branch that somebody wants to merge. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { fail } from '../../errors.ts';
import { gitEnvironment } from '../../../workers/workspace/git-environment.ts';
import { branchFiles, mainFiles } from './repository-files.ts';

export interface DemoRepository {
  readonly branch: string;
  /** Commits of `main` and of the branch. */
  readonly base: string;
  readonly head: string;
  /** What the branch changes. */
  readonly changedFiles: number;
  readonly additions: number;
  readonly deletions: number;
}

const branch = 'discount-codes';

/**
 * Makes it as a bare repository at `directory`, with the same commit ids every time. Rejects with PYLON_DEMO_GIT where
 * there is no git.
 */
export async function makeRepository(directory: string, signal: AbortSignal): Promise<DemoRepository> {
  const git = (args: readonly string[], input = ''): Promise<string> => runGit(args, input, signal);
  await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', directory]);
  const inside = ['--git-dir', directory];
  const history = [commit('main', 'A basket', mainFiles), commit(branch, 'Discount codes', branchFiles, 'main')];
  await git([...inside, 'fast-import', '--quiet'], history.join(''));
  const [base = '', head = ''] = (await git([...inside, 'rev-parse', 'main', branch])).split('\n');
  const numbers = await git([...inside, 'diff', '--numstat', base, head]);
  const changes = numbers
    .trim()
    .split('\n')
    .map((line) => line.split('\t').map(Number));
  const sum = (column: number): number => changes.reduce((total, line) => total + (line[column] ?? 0), 0);
  return { branch, base, head, changedFiles: changes.length, additions: sum(0), deletions: sum(1) };
}

const limitMs = 30_000;

async function runGit(args: readonly string[], input: string, signal: AbortSignal): Promise<string> {
  try {
    const running = promisify(execFile)('git', [...args], { env: gitEnvironment(), timeout: limitMs, signal });
    running.child.stdin?.on('error', () => undefined).end(input);
    return (await running).stdout;
  } catch (thrown) {
    if (!signal.aborted && (thrown as NodeJS.ErrnoException).code === 'ENOENT') {
      throw fail('PYLON_DEMO_GIT', { path: process.env['PATH'] ?? '' }, { cause: thrown });
    }
    throw thrown;
  }
}

/** As `git fast-import` reads it. */
function commit(to: string, message: string, files: Readonly<Record<string, string>>, from?: string): string {
  const who = 'committer Octocat <octocat@example.com> 1760000000 +0000';
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const start = from === undefined ? '' : `from refs/heads/${from}\n`;
  const changes = Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`);
  return `commit refs/heads/${to}\n${who}\n${data(message)}${start}${changes.join('')}\n`;
}
