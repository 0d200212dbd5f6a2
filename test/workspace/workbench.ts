/** What every workspace test needs: a temporary home, a git server over its own repositories, and a request to change. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { prepareWorkspace } from '../../workers/workspace/prepare.ts';
import type { PreparedWorkspace, WorkspaceContext, WorkspaceRequest } from '../../workers/workspace/workspace.ts';
import { startGitServer, type GitServer, type GitServerOptions } from '../support/git-server.ts';

export interface Workbench extends AsyncDisposable {
  readonly home: string;
  /** Served by `server`. */
  readonly repositories: string;
  readonly server: GitServer;
  prepare(request: Partial<WorkspaceRequest>, context?: Partial<WorkspaceContext>): Promise<PreparedWorkspace>;
}

/** Who agents are where the tests run as root. */
export const agent =
  process.getuid?.() === 0
    ? { uid: 23_456, gid: 23_456 }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

export async function setUp(options: Partial<GitServerOptions> = {}): Promise<Workbench> {
  const root = await mkdtemp(join(tmpdir(), 'pylon-workspace-'));
  // Only what stands for the machine around the home is open to the agent's user.
  await chmod(root, 0o755);
  const home = join(root, 'home');
  const repositories = join(root, 'repositories');
  await mkdir(join(home, 'repos'), { recursive: true });
  await mkdir(repositories);
  const server = await startGitServer({ dir: repositories, ...options });
  let jobs = 0;
  return {
    home,
    repositories,
    server,
    prepare: (request, context = {}) => {
      jobs += 1;
      return prepareWorkspace(
        {
          type: 'git-clone',
          repo: undefined,
          ref: undefined,
          path: undefined,
          token: undefined,
          sshKey: undefined,
          hosts: undefined,
          repoIsTemplated: false,
          refIsTemplated: false,
          jobDirectory: join(home, 'pylons', 'p', 'jobs', String(jobs)),
          repos: join(home, 'repos'),
          home,
          owner: agent,
          ...request,
        },
        {
          signal: new AbortController().signal,
          group: { started: () => undefined, ended: () => undefined },
          ...context,
        },
      );
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Runs git as the agent would: as its user, with nothing of the host's. */
export async function asAgent(directory: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
    ...(process.getuid?.() === 0 ? agent : {}),
  });
  return stdout.trim();
}
