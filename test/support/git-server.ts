/** Real git repositories, served as the world does: `git://` by git's own daemon, `http://` by git's own CGI. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createConnection, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface GitServerOptions {
  /** The directory whose bare repositories are served: `<dir>/name.git` as `<url>/name.git`. */
  readonly dir: string;
  /** Where given, http asks for these (basic) credentials. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Called first for every http request; true means that it has answered it. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface GitServer {
  /** `git://127.0.0.1:<port>`, without a slash at the end. */
  readonly gitUrl: string;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly httpUrl: string;
  stop(): Promise<void>;
}

/** Resolves when both listeners accept connections. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const http = createServer((request, response) => serve(options, request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const daemon = await startDaemon(options.dir);
  return {
    gitUrl: `git://127.0.0.1:${daemon.port}`,
    httpUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    stop: async () => {
      await Promise.all([stopHttp(http), daemon.stop()]);
    },
  };
}

export interface RepositoryOptions {
  /** Further branches: name → files that its one commit on top of the first adds or changes. */
  readonly branches?: Readonly<Record<string, Files>>;
  /** Tags on the first commit; annotated where the value is a text. */
  readonly tags?: Readonly<Record<string, string | null>>;
  /** Further commits on the default branch, in order. */
  readonly further?: readonly Files[];
  /** The default branch; `main`. */
  readonly defaultBranch?: string;
}

/** Path → content, or `{ link }` for a symbolic link, or `{ commit }` for a submodule's entry. */
export type Files = Readonly<Record<string, string | { readonly link: string } | { readonly commit: string }>>;

export interface Repository {
  /** The tip of the default branch. */
  readonly commit: string;
  /** Tips of all branches. */
  readonly commits: Readonly<Record<string, string>>;
  /** All commits of the default branch, oldest first. */
  readonly history: readonly string[];
}

/** Makes a bare repository at `dir` (which git needs to be new). */
export async function makeRepository(dir: string, files: Files, options: RepositoryOptions = {}): Promise<Repository> {
  const { branches = {}, tags = {}, further = [], defaultBranch = 'main' } = options;
  const work = await mkdtemp(join(tmpdir(), 'pylon-repository-'));
  const git = (...args: string[]): Promise<string> => runGit(work, ...args);
  try {
    await git('init', '--quiet', `--initial-branch=${defaultBranch}`);
    const history = [await commit(work, files, 'first')];
    for (const [name, message] of Object.entries(tags)) {
      await git('tag', ...(message === null ? [name] : ['-a', '-m', message, name]));
    }
    for (const [index, more] of further.entries()) history.push(await commit(work, more, `change ${index + 1}`));
    const tip = history.at(-1) ?? '';
    const commits: Record<string, string> = { [defaultBranch]: tip };
    for (const [name, more] of Object.entries(branches)) {
      await git('checkout', '--quiet', '-b', name, history[0] ?? '');
      commits[name] = await commit(work, more, `on ${name}`);
    }
    await git('checkout', '--quiet', defaultBranch);
    await mkdir(dirname(dir), { recursive: true });
    await cp(join(work, '.git'), dir, { recursive: true });
    await runGit(dir, 'config', 'core.bare', 'true');
    await rm(join(dir, 'index'), { force: true });
    return { commit: tip, commits, history };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs git with an identity and nobody's settings; returns its output, trimmed. */
export async function runGit(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { cwd, env: gitEnv, maxBuffer: 64 * 1024 ** 2 });
  return stdout.trim();
}

const gitEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  // Tests make repositories as root and look at them after they were given away.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
};

async function commit(work: string, files: Files, message: string): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true });
    if (typeof content === 'string') await writeFile(join(work, path), content);
    else if ('link' in content) await symlink(content.link, join(work, path));
  }
  await runGit(work, 'add', '--all', '--force');
  for (const [path, content] of Object.entries(files)) {
    if (typeof content === 'string' || 'link' in content) continue;
    await runGit(work, 'update-index', '--add', '--cacheinfo', `160000,${content.commit},${path}`);
  }
  await runGit(work, 'commit', '--quiet', '--allow-empty', '-m', message);
  return runGit(work, 'rev-parse', 'HEAD');
}

function serve(options: GitServerOptions, request: IncomingMessage, response: ServerResponse): void {
  if (options.intercept?.(request, response) === true) return;
  if (options.credentials !== undefined && !authorized(options.credentials, request)) {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
    return;
  }
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...gitEnv,
      GIT_PROJECT_ROOT: options.dir,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin).on('error', () => undefined);
  response.on('close', () => child.kill());
  answer(child.stdout, response);
}

function authorized({ user, password }: { user: string; password: string }, request: IncomingMessage): boolean {
  return request.headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Turns a CGI answer into an HTTP one. */
function answer(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  output.on('data', function read(chunk: Buffer) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    output.removeListener('data', read);
    for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
      const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(line) ?? [];
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    output.pipe(response);
  });
  output.on('end', () => response.end());
}

async function startDaemon(dir: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const port = await freePort();
  const child = spawn(
    'git',
    ['daemon', '--export-all', '--reuseaddr', '--listen=127.0.0.1', `--port=${port}`, `--base-path=${dir}`, dir],
    // A group of its own: `git daemon` is a child of `git`, and has children itself.
    { env: gitEnv, stdio: 'ignore', detached: true },
  );
  const exited = once(child, 'exit');
  const until = Date.now() + 5_000;
  while (!(await accepts(port))) {
    if (Date.now() > until || child.exitCode !== null) throw new Error('git daemon did not start');
    await pause(10);
  }
  return {
    port,
    stop: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function stopHttp(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
