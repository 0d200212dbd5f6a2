/** Repositories, payloads, settings and agents that try to have the host's git run, fetch or write something. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { JobDetail } from '../../src/protocol/job.ts';
import { containersOf, startDaemon, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { makeRepository, runGit, startGitServer } from '../support/git-server.ts';
import type { GitServer } from '../support/git-server.ts';
import { makeHome, secret } from '../support/home.ts';
import { homeIdOf, removeTestHome } from '../support/remove-home.ts';
import { ensureTestImages, gitImage } from '../support/test-image.ts';

const hooks = [
  'post-checkout',
  'pre-commit',
  'reference-transaction',
  'post-index-change',
  'pre-auto-gc',
  'post-merge',
];
const token = 'right-token';

describe('a hostile repository', { concurrency: 1 }, () => {
  const home = makeHome();
  const root = mkdtempSync(path.join(tmpdir(), 'pylon-hostile-'));
  const repositories = path.join(root, 'repositories');
  /** Whatever runs on the host leaves a file here. */
  const evidence = path.join(root, 'evidence');
  const mark = (name: string): string => `touch ${path.join(evidence, name)}`;
  let git: GitServer;
  let locked: GitServer;
  let elsewhere: GitServer;
  let daemon: Daemon;

  /** Says what it finds, then plants in its git directory, and wherever it may write, what the host's git would run. */
  const agent = `echo "head=$(git rev-parse HEAD)"
git status --short
for d in $(cat .git/objects/info/alternates 2>/dev/null); do
  touch "$d/planted" 2>/dev/null && echo "wrote=$d"
  ls "$d/.." >/dev/null 2>&1 && touch "$d/../config" "$d/../hooks" 2>/dev/null && echo "wrote=$d/.."
done
mkdir -p .git/hooks
for hook in ${hooks.join(' ')}; do printf '#!/bin/sh\\n${mark('agent-hook')}-%s\\n' $hook > .git/hooks/$hook; chmod +x .git/hooks/$hook; done
git config core.fsmonitor '${mark('agent-fsmonitor')}'
git config core.hooksPath .git/hooks
git config core.sshCommand '${mark('agent-ssh')}'
git config core.alternateRefsCommand '${mark('agent-refs')}'
git config uploadpack.packObjectsHook '${mark('agent-pack')}'
git config filter.tidy.smudge '${mark('agent-filter')}'
git config include.path /etc/passwd
echo '* filter=tidy' > .git/info/attributes
mkdir -p .git/objects/info; echo ${evidence} >> .git/objects/info/alternates
echo "gitdir: ${evidence}" > sub.git
git -c core.fsmonitor= -c core.hooksPath=/dev/null -c filter.tidy.smudge=cat commit --quiet --allow-empty -m planted 2>/dev/null
echo "end"`;

  const pylon = (name: string, workspace: string): void =>
    void home.pylon(
      name,
      `name: ${name}
trigger: { type: webhook, secret: ${secret}, signature: github }
workspace:
${workspace.replace(/^/gm, '  ')}
agent:
  type: command
  image: ${gitImage}
  network: none
  command: [sh, -c, ${JSON.stringify(agent)}]
  prompt: x
`,
    );

  before(async () => {
    ensureTestImages();
    mkdirSync(evidence);
    await makeHostile(path.join(repositories, 'hostile.git'), evidence, mark);
    await makeRepository(path.join(repositories, 'plain.git'), { 'a.txt': 'a\n' });
    await makeRepository(path.join(root, 'elsewhere', 'plain.git'), { 'a.txt': 'of another host\n' });
    elsewhere = await startGitServer({ dir: path.join(root, 'elsewhere') });
    git = await startGitServer({
      dir: repositories,
      intercept: (request, response) => {
        if (!(request.url ?? '').startsWith('/moved')) return false;
        const target = `${elsewhere.httpUrl}${(request.url ?? '').replace('/moved', '/plain')}`;
        response.writeHead(302, { location: target }).end();
        return true;
      },
    });
    locked = await startGitServer({ dir: repositories, credentials: { user: 'x-access-token', password: token } });
    const local = path.join(root, 'local.git');
    await makeHostile(local, evidence, mark);
    const hosts = `hosts: ['${git.httpUrl}', github.invalid]`;
    const asked = `repo: '{{ .body.repo }}'\nref: '{{ .body.ref }}'\n${hosts}`;
    pylon('clone', `type: git-clone\n${asked}`);
    pylon('worktree', `type: git-worktree\n${asked}`);
    pylon('local', `type: git-worktree\nrepo: ${local}\nref: '{{ .body.ref }}'`);
    const url = `${locked.httpUrl}/plain.git`;
    pylon('private', `type: git-clone\nrepo: ${url}\ntoken: ${token}`);
    pylon('private-worktree', `type: git-worktree\nrepo: ${url}\ntoken: ${token}`);
    pylon('wrong-token', `type: git-clone\nrepo: ${url}\ntoken: wrong-token`);
    pylon('no-token', `type: git-clone\nrepo: ${url}`);
    home.config('docker: { min_free_disk: 10mb, max_concurrent: 4, on_full: queue }\n');
    daemon = await startDaemon(home.home, { env: hostileUser(root, mark) });
  });

  after(async () => {
    await daemon?.end('SIGKILL');
    for (const server of [git, locked, elsewhere]) await server?.stop();
    rmSync(root, { recursive: true, force: true });
    await removeTestHome(home);
  });

  const run = async (name: string, body: unknown = {}): Promise<JobDetail> => {
    const answer = await daemon.send(`/${name}`, body);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return untilJob(daemon, answer.body.job_id ?? '');
  };
  const nothingRan = (): void => assert.deepEqual(readdirSync(evidence), []);

  test('has nothing run on the host, whatever it, its user’s settings and the agents before it hold', async () => {
    const repo = `${git.httpUrl}/hostile.git`;
    // The second round works from what the first one's agents left.
    for (const round of [1, 2]) {
      for (const name of ['clone', 'worktree', 'local']) {
        const job = await run(name, { repo, ref: 'main' });
        assert.equal(job.status, 'done', `${name}, round ${round}: ${job.error}`);
        const lines = (job.runs[0]?.result ?? '').split('\n');
        assert.ok(lines.includes(`head=${job.runs[0]?.commit}`), lines.join('\n'));
        assert.equal(lines.at(-1), 'end');
        assert.deepEqual(
          lines.filter((line) => line.startsWith('wrote=')),
          [],
          'what is borrowed cannot be written',
        );
        nothingRan();
        const workspace = path.join(home.home, 'pylons', name, 'jobs', job.id, 'workspace');
        assert.match(readFileSync(path.join(workspace, 'big.bin'), 'utf8'), /^version https/);
        assert.equal(readlinkSync(path.join(workspace, 'passwd')), '/etc/passwd');
        assert.deepEqual(readdirSync(path.join(workspace, 'one')), []);
        assert.equal(readFileSync(path.join(workspace, 'note.txt'), 'utf8'), 'text\n');
      }
    }
    // Bringing the cached clone up to date is where something planted would run.
    await runGit(path.join(repositories, 'hostile.git'), '-c', 'core.hooksPath=/dev/null', 'branch', 'later', 'main');
    const later = await run('worktree', { repo, ref: 'later' });
    assert.equal(later.status, 'done', later.error ?? '');
    nothingRan();
  });

  test('that is not what it should be is named, and nothing of it is fetched', async () => {
    const { host } = new URL(git.httpUrl);
    const repo = `${git.httpUrl}/plain.git`;
    const wrong: readonly (readonly [repo: string, ref: string, reason: RegExp])[] = [
      [`http://${new URL(elsewhere.httpUrl).host}/plain.git`, 'main', /workspace\.hosts/],
      ['https://elsewhere.invalid/a.git', 'main', /elsewhere\.invalid.*workspace\.hosts|workspace\.hosts.*elsewhere/s],
      [`http://me:pass-word@${host}/plain.git`, 'main', /user or password/],
      [`http://${host}@elsewhere.invalid/a.git`, 'main', /user or password|hosts/],
      [`http://${host}.elsewhere.invalid/a.git`, 'main', /URL|hosts/],
      [`http://${host}\\@elsewhere.invalid/a.git`, 'main', /backslash|URL/],
      [`file://${repositories}/plain.git`, 'main', /https:\/\/ or ssh:\/\//],
      [`${repositories}/plain.git`, 'main', /https:\/\/ or ssh:\/\//],
      [`ext::sh -c ${mark('ext')}`, 'main', /https:\/\/ or ssh:\/\//],
      [`--upload-pack=${mark('upload-pack')}`, 'main', /https:\/\/ or ssh:\/\//],
      [`ssh://-oProxyCommand=${path.join(evidence, 'x')}/a`, 'main', /./],
      [`ssh://github.invalid/--upload-pack=x`, 'main', /starts with "-"/],
      [`${git.httpUrl}/../plain.git`, 'main', /"\.\."/],
      [`${git.httpUrl}/%2e%2e/plain.git`, 'main', /"\.\."/],
      [`${repo}\n[core]`, 'main', /white space|control/],
      [`${repo}\u0000`, 'main', /./],
      [`${git.httpUrl}/${'a/'.repeat(100_000)}`, 'main', /./],
      ['', 'main', /./],
      [`${git.httpUrl}/nothing.git`, 'main', /nothing\.git.*not found|does not exist|no repository/i],
      [`${git.httpUrl}/moved.git`, 'main', /redirect/i],
      [repo, '-x', /ref/],
      [repo, `--upload-pack=${mark('ref')}`, /ref/],
      [repo, 'a..b', /ref/],
      [repo, 'main:refs/heads/other', /ref/],
      [repo, '+main', /does not have.*"\+main"/],
      [repo, 'HEAD@{1}', /ref/],
      [repo, 'refs/../../config', /ref/],
      [repo, 'a b', /ref/],
      [repo, 'main\n', /ref/],
      [repo, 'no-such-branch', /no-such-branch/],
      [repo, 'f'.repeat(40), /f{12}/],
      [repo, 'x'.repeat(100_000), /ref/],
    ];
    for (const name of ['clone', 'worktree']) {
      const jobs = await Promise.all(wrong.map(([address, ref]) => run(name, { repo: address, ref })));
      for (const [index, [address, ref, reason]] of wrong.entries()) {
        const job = jobs[index];
        const what = `${name} of ${address.slice(0, 100)} at ${ref.slice(0, 100)}: ${job?.error}`;
        assert.equal(job?.status, 'failed', what);
        assert.match(job.error ?? '', reason, what);
        assert.ok((job.error ?? '').length < 1_500, what);
        assert.doesNotMatch(job.error ?? '', /fault of Pylon|pass-word/, what);
        assert.doesNotMatch(JSON.stringify(job.runs), /pass-word/, what);
      }
    }
    nothingRan();
    assert.ok(!existsSync(path.join(home.home, 'repos', 'a')));
    const next = await run('clone', { repo, ref: 'main' });
    assert.equal(next.status, 'done', next.error ?? '');
  });

  test('that is private opens for its token alone', async () => {
    for (const name of ['private', 'private-worktree']) {
      const job = await run(name);
      assert.equal(job.status, 'done', `${name}: ${job.error}`);
      const found = spawnSync('grep', ['-rlE', `${token}|eC1hY2Nlc3M`, path.join(home.home, 'pylons', name, 'jobs')]);
      assert.equal(String(found.stdout), '', 'the agent cannot find the token');
    }
    const wrong = await run('wrong-token');
    assert.match(wrong.error ?? '', /credentials given were not accepted/);
    const none = await run('no-token');
    assert.match(none.error ?? '', /asks for credentials/);
    nothingRan();
  });

  test('leaves nothing behind', async () => {
    assert.equal(await daemon.end(), 0);
    assert.deepEqual(containersOf(homeIdOf(home)), []);
    assert.doesNotMatch(daemon.stderr(), / error /);
    nothingRan();
  });
});

/** A bare repository in which everything tries to run something. */
async function makeHostile(directory: string, evidence: string, mark: (name: string) => string): Promise<void> {
  await makeRepository(directory, {
    '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs\n*.txt filter=tidy\n',
    '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:9/\n',
    'big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n',
    'note.txt': 'text\n',
    passwd: { link: '/etc/passwd' },
    'up/and/away': { link: '../../../../../../../../etc' },
    escape: { link: evidence },
    '.gitmodules': `[submodule "one"]\n\tpath = one\n\turl = file:///etc\n\tupdate = !${mark('update')}\n[submodule "two"]\n\tpath = two\n\turl = ext::sh -c ${mark('ext').replace(' ', '% ')}\n`,
    one: { commit: '1'.repeat(40) },
    two: { commit: '2'.repeat(40) },
  });
  mkdirSync(path.join(directory, 'hooks'), { recursive: true });
  for (const hook of [...hooks, 'post-upload-pack']) {
    const file = path.join(directory, 'hooks', hook);
    writeFileSync(file, `#!/bin/sh\n${mark(`repository-${hook}`)}\n`);
    chmodSync(file, 0o755);
  }
  for (const key of ['core.fsmonitor', 'core.sshCommand', 'core.alternateRefsCommand', 'filter.tidy.smudge']) {
    await runGit(directory, 'config', key, mark('repository-config'));
  }
}

/** The environment of a user whose own git runs something at every turn. */
function hostileUser(root: string, mark: (name: string) => string): Record<string, string> {
  const user = path.join(root, 'user');
  mkdirSync(path.join(user, 'template', 'hooks'), { recursive: true });
  for (const hook of hooks) {
    const file = path.join(user, 'template', 'hooks', hook);
    writeFileSync(file, `#!/bin/sh\n${mark(`user-${hook}`)}\n`);
    chmodSync(file, 0o755);
  }
  writeFileSync(path.join(user, 'attributes'), '* filter=tidy\n');
  const config = `[core]
\thooksPath = ${path.join(user, 'template', 'hooks')}
\tfsmonitor = ${mark('user-fsmonitor')}
\tattributesFile = ${path.join(user, 'attributes')}
\tpager = ${mark('user-pager')}
[filter "lfs"]
\tsmudge = ${mark('lfs-smudge')}; cat
\tprocess = ${mark('lfs-process')}
\trequired = true
[filter "tidy"]
\tsmudge = ${mark('tidy')}; cat
\tclean = ${mark('tidy-clean')}; cat
[protocol]
\tallow = always
[submodule]
\trecurse = true
[http]
\tfollowRedirects = true
[init]
\ttemplateDir = ${path.join(user, 'template')}
[fetch]
\trecurseSubmodules = true
[maintenance]
\tauto = true
`;
  writeFileSync(path.join(user, '.gitconfig'), config);
  return {
    HOME: user,
    GIT_CONFIG_GLOBAL: path.join(user, '.gitconfig'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: mark('environment-fsmonitor'),
    GIT_TEMPLATE_DIR: path.join(user, 'template'),
    GIT_SSH_COMMAND: mark('environment-ssh'),
    GIT_ASKPASS: path.join(user, 'template', 'hooks', 'post-checkout'),
    GIT_EXTERNAL_DIFF: mark('environment-diff'),
    GIT_DIR: '/nowhere',
    GIT_WORK_TREE: '/',
  };
}
