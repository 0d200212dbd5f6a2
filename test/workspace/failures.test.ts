import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { makeRepository, runGit, startGitServer, type GitServer } from '../support/git-server.ts';
import { asAgent, setUp, type Workbench } from './workbench.ts';

const token = 'ghp_very-secret-token';

let bench: Workbench;
let guarded: GitServer;
let commit: string;

before(async () => {
  bench = await setUp();
  guarded = await startGitServer({
    dir: bench.repositories,
    credentials: { user: 'x-access-token', password: token },
  });
  ({ commit } = await makeRepository(join(bench.repositories, 'app.git'), { a: '1' }));
});

after(async () => {
  await guarded.stop();
  await bench[Symbol.asyncDispose]();
});

for (const type of ['git-clone', 'git-worktree'] as const) {
  test(`${type}: a token opens a private repository and is found nowhere afterwards`, async () => {
    const repo = `${guarded.httpUrl}/app.git`;
    const prepared = await bench.prepare({ type, repo, token });
    assert.equal(prepared.commit, commit);
    assert.equal(await asAgent(prepared.directory, 'remote', 'get-url', 'origin'), repo);
    const encoded = Buffer.from(`x-access-token:${token}`).toString('base64');
    for (const file of filesBelow(bench.home)) {
      const content = readFileSync(file, 'latin1');
      assert.ok(!content.includes(token) && !content.includes(encoded), file);
    }
  });

  test(`${type}: user and password in the URL open it too, and are found nowhere afterwards`, async () => {
    const url = new URL(`${guarded.httpUrl}/app.git`);
    url.username = 'x-access-token';
    url.password = token;
    const { directory } = await bench.prepare({ type, repo: url.href });
    assert.equal(await asAgent(directory, 'remote', 'get-url', 'origin'), `${guarded.httpUrl}/app.git`);
    for (const file of filesBelow(bench.home)) assert.ok(!readFileSync(file, 'latin1').includes(token), file);
  });

  test(`${type}: without credentials, or with wrong ones, a private repository is refused without asking anybody`, async () => {
    const repo = `${guarded.httpUrl}/app.git`;
    await assert.rejects(bench.prepare({ type, repo }), {
      code: 'PYLON_REPO_REFUSED',
      message: /asks for credentials and none were accepted/,
    });
    await assert.rejects(
      bench.prepare({ type, repo, token: 'wrong-one-indeed' }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'PYLON_REPO_REFUSED');
        assert.match(error.message, /the credentials given were not accepted/);
        assert.doesNotMatch(error.message, /wrong-one-indeed/);
        return true;
      },
    );
  });

  test(`${type}: a repository, ref or commit that is not there is named`, async () => {
    for (const url of [bench.server.httpUrl, bench.server.gitUrl]) {
      const missing = bench.prepare({ type, repo: `${url}/no.git` });
      await assert.rejects(missing, { code: 'PYLON_REPO_NOT_FOUND', message: new RegExp(`${url}/no.git`) });
    }
    const repo = `${bench.server.httpUrl}/app.git`;
    for (const ref of ['no-such-branch', 'refs/pull/1/head', 'deadbeef', 'f'.repeat(40)]) {
      await assert.rejects(bench.prepare({ type, repo, ref }), {
        code: 'PYLON_REF_NOT_FOUND',
        message: new RegExp(ref),
      });
    }
    await assert.rejects(bench.prepare({ type, repo, ref: '--output=/tmp/x' }), { code: 'PYLON_REF_INVALID' });
  });

  test(`${type}: a repository without commits has no default branch`, async () => {
    await mkdir(join(bench.repositories, `empty-${type}.git`));
    await runGit(join(bench.repositories, `empty-${type}.git`), 'init', '--quiet', '--bare');
    const repo = `${bench.server.httpUrl}/empty-${type}.git`;
    await assert.rejects(bench.prepare({ type, repo }), { code: 'PYLON_REF_NOT_FOUND', message: /no commits/ });
  });

  test(`${type}: a server that is not there, or hangs up, is said to be unreachable`, async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const repo = `http://127.0.0.1:${port}/a.git`;
    await assert.rejects(bench.prepare({ type, repo }), { code: 'PYLON_REPO_UNREACHABLE' });
    server.close();
    await once(server, 'close');
    for (const scheme of ['http', 'git', 'https', 'ssh']) {
      const gone = bench.prepare({ type, repo: `${scheme}://127.0.0.1:${port}/a.git` });
      await assert.rejects(gone, { code: 'PYLON_REPO_UNREACHABLE' }, scheme);
    }
    await assert.rejects(bench.prepare({ type, repo: 'https://no-such-host.invalid/a' }), {
      code: 'PYLON_REPO_UNREACHABLE',
    });
  });

  test(`${type}: aborting in the middle ends git, its children and the wait, and keeps the reason`, async () => {
    const stuck = createServer().listen(0, '127.0.0.1');
    await once(stuck, 'listening');
    const abort = new AbortController();
    const groups: number[] = [];
    const alive = new Set<number>();
    const group = {
      started: (pid: number): void => void (groups.push(pid), alive.add(pid)),
      ended: (pid: number): void => void alive.delete(pid),
    };
    const connected = once(stuck, 'connection');
    const repo = `http://127.0.0.1:${(stuck.address() as AddressInfo).port}/a.git`;
    const preparing = bench.prepare({ type, repo }, { signal: abort.signal, group });
    await connected;
    assert.equal(alive.size, 1);
    const reason = new Error('out of time');
    abort.abort(reason);
    await assert.rejects(preparing, reason);
    assert.equal(alive.size, 0);
    for (const pid of groups) await noMembers(pid);
    stuck.close();
    if (type === 'git-worktree') await bench.prepare({ type, repo: `${bench.server.httpUrl}/app.git` });
  });

  test(`${type}: what grows beyond its limit is stopped`, async () => {
    const path = join(bench.repositories, `large-${type}.git`);
    await makeRepository(path, noise(3));
    const prepared = bench.prepare(
      { type, repo: `${bench.server.httpUrl}/large-${type}.git` },
      { maxBytes: 1024 ** 2 },
    );
    await assert.rejects(prepared, { code: 'PYLON_WORKSPACE_TOO_LARGE', message: /1 MB/ });
  });
}

test('without a token, the daemon user’s own credential helper opens a private repository', async () => {
  const home = process.env['HOME'];
  const own = join(bench.home, '..', 'daemon-user');
  await mkdir(own);
  await writeFile(
    join(own, '.gitconfig'),
    `[credential]\n\thelper = "!f() { echo username=x-access-token; echo password=${token}; }; f"\n`,
  );
  process.env['HOME'] = own;
  try {
    assert.equal((await bench.prepare({ repo: `${guarded.httpUrl}/app.git` })).commit, commit);
    const wrong = bench.prepare({ repo: `${guarded.httpUrl}/app.git`, token: 'wrong-one-indeed' });
    await assert.rejects(wrong, { code: 'PYLON_REPO_REFUSED' });
  } finally {
    if (home !== undefined) process.env['HOME'] = home;
  }
});

test('a local repository that is none, is forbidden or lacks the ref is refused', async () => {
  const type = 'git-worktree';
  const plain = join(bench.repositories, 'plain');
  await mkdir(plain);
  await assert.rejects(bench.prepare({ type, repo: plain }), {
    code: 'PYLON_REPO_INVALID',
    message: /not a git repository/,
  });
  await assert.rejects(bench.prepare({ type, repo: join(bench.repositories, 'none') }), { code: 'PYLON_HOST_PATH' });
  await assert.rejects(bench.prepare({ type, repo: '/etc' }), { code: 'PYLON_HOST_PATH' });
  await assert.rejects(bench.prepare({ type, repo: bench.home }), { code: 'PYLON_HOST_PATH' });
  await writeFile(join(plain, '.git'), 'gitdir: /etc\n');
  await assert.rejects(bench.prepare({ type, repo: plain }), { code: 'PYLON_REPO_INVALID' });
  await writeFile(join(plain, '.git'), `gitdir: ${join(bench.home, 'repos')}\n`);
  await assert.rejects(bench.prepare({ type, repo: plain }));
  const app = join(bench.repositories, 'app.git');
  await assert.rejects(bench.prepare({ type, repo: app, ref: 'nope' }), { code: 'PYLON_REF_NOT_FOUND' });
  await assert.rejects(bench.prepare({ type, repo: app, repoIsTemplated: true }), { code: 'PYLON_REPO_INVALID' });
  await assert.rejects(bench.prepare({ type: 'git-clone', repo: app }), {
    code: 'PYLON_REPO_INVALID',
    message: /git-worktree/,
  });
});

test('an address made from a payload is judged before anything is asked of its server', async () => {
  const repo = `${bench.server.httpUrl}/app.git`;
  const host = bench.server.httpUrl;
  assert.equal((await bench.prepare({ repo, repoIsTemplated: true, hosts: [host] })).commit, commit);
  await assert.rejects(bench.prepare({ repo, repoIsTemplated: true, hosts: ['127.0.0.1'] }), {
    code: 'PYLON_REPO_INVALID',
  });
  const other = bench.prepare({ repo: 'https://127.0.0.1:1/a', repoIsTemplated: true, hosts: [host] });
  await assert.rejects(other, { code: 'PYLON_HOST_NOT_LISTED' });
});

test('an ssh key that is not there is named', async () => {
  const prepared = bench.prepare({ repo: 'git@example.com:a/b.git', sshKey: '/no/such/key' });
  await assert.rejects(prepared, { code: 'PYLON_SSH_KEY_MISSING', message: /\/no\/such\/key/ });
});

test('a machine without git is told so', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  try {
    await assert.rejects(bench.prepare({ repo: `${bench.server.httpUrl}/app.git` }), { code: 'PYLON_GIT_MISSING' });
  } finally {
    process.env['PATH'] = path;
  }
});

test('a full disk is said to be full', { skip: process.getuid?.() !== 0 && 'mounting needs root' }, async () => {
  const small = join(bench.home, 'small');
  await mkdir(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', small]);
  try {
    await makeRepository(join(bench.repositories, 'noisy.git'), noise(4));
    const prepared = bench.prepare({ repo: `${bench.server.httpUrl}/noisy.git`, jobDirectory: join(small, 'job') });
    await assert.rejects(prepared, { code: 'PYLON_DISK_FULL' });
  } finally {
    execFileSync('umount', [small]);
    await rm(small, { recursive: true });
  }
});

/** Files of a megabyte that hardly compress. */
function noise(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`noise/${index}`, randomBytes(768 * 1024).toString('base64')]),
  );
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Resolves when the process group has no member left; fails after five seconds. */
async function noMembers(group: number): Promise<void> {
  const until = Date.now() + 5_000;
  while (members(group).length > 0) {
    if (Date.now() > until) assert.fail(`still in group ${group}: ${members(group).join(', ')}`);
    await pause(10);
  }
}

function members(group: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => !/\) Z /.test(stat) && /\) \w \d+ (\d+) /.exec(stat)?.[1] === String(group));
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
