/** Runs git on the host: in a guarded process group, with a fixed environment, never asking anybody. */
import { fail } from '../../src/errors.ts';
import { runInGroup, type RunResult } from '../child/run-in-group.ts';
import { gitEnvironment, lookUpEnvironment, secretsOf, type GitAccess, type Setting } from './git-environment.ts';
import { gitFailure } from './git-failure.ts';
import { showRepo } from './remote.ts';
import type { WorkspaceContext } from './workspace.ts';

export interface GitCall {
  readonly args: readonly string[];
  /** The git directory worked on; none for calls that need no repository. */
  readonly gitDirectory?: string;
  /** Where files are checked out to. */
  readonly workTree?: string;
  /** Makes it a call that may talk to this remote; without, no protocol at all is allowed. */
  readonly access?: GitAccess;
  readonly input?: string;
  readonly settings?: readonly Setting[];
  /** Above this directory git looks for no repository. */
  readonly ceiling?: string;
  /** Lets git read the machine's and the user's own settings: only ever to look them up. */
  readonly readsUserSettings?: boolean;
}

/** Runs git to its end whatever its exit code. Rejects with PYLON_GIT_MISSING, or the signal's reason. */
export async function tryGit(context: WorkspaceContext, call: GitCall): Promise<RunResult> {
  const { signal, group, clock } = context;
  try {
    return await runInGroup({
      argv: ['git', ...call.args],
      cwd: call.workTree ?? call.gitDirectory ?? '/',
      env: {
        ...(call.readsUserSettings === true ? lookUpEnvironment() : gitEnvironment(call.access, call.settings)),
        ...(call.gitDirectory === undefined ? {} : { GIT_DIR: call.gitDirectory }),
        ...(call.workTree === undefined ? {} : { GIT_WORK_TREE: call.workTree }),
        ...(call.ceiling === undefined ? {} : { GIT_CEILING_DIRECTORIES: call.ceiling }),
      },
      signal,
      group,
      graceMs: 1_000,
      maxOutputBytes: 16 * 1024 ** 2,
      ...(clock === undefined ? {} : { clock }),
      ...(call.input === undefined ? {} : { input: call.input }),
    });
  } catch (thrown) {
    if (!signal.aborted && isMissing(thrown)) throw fail('PYLON_GIT_MISSING', { path: process.env['PATH'] ?? '' });
    throw thrown;
  }
}

/** Standard output of a git that succeeded. Rejects with the error that fits its complaint, about repository `repo`. */
export async function git(context: WorkspaceContext, repo: string, call: GitCall): Promise<string> {
  const result = await tryGit(context, call);
  if (result.code === 0) return result.stdout;
  throw failureOf(repo, call, result);
}

/** The error that a failed call comes to. */
export function failureOf(repo: string, { access }: GitCall, { stderr, signal }: RunResult): Error {
  const userInfo = access?.remote.userInfo;
  return gitFailure({
    repo: showRepo(repo),
    hasCredential: access?.token !== undefined || access?.sshKey !== undefined || userInfo !== undefined,
    stderr: signal === null ? stderr : `${stderr}\nfatal: git was ended by ${signal}`,
    secrets: access === undefined ? [] : secretsOf(access),
  });
}

function isMissing(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'EACCES';
}
