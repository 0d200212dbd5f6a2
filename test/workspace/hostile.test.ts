/** Repositories, servers and settings that try to run or reach something on the host while a workspace is made. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { makeRepository, runGit, startGitServer } from '../support/git-server.ts';
import { setUp, type Workbench } from './workbench.ts';

let bench: Workbench;
let home: string | undefined;
/** Whatever gets to run leaves a file here. */
let evidence: string;

before(async () => {
  bench = await setUp();
  evidence = join(bench.home, '..', 'evidence');
  await mkdir(evidence);
  home = process.env['HOME'];
  process.env['HOME'] = join(bench.home, '..');
  const touch = (name: string): string => `touch ${join(evidence, name)}; cat`;
  const hooks = join(evidence, '..', 'user-hooks');
  await mkdir(hooks);
  for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
    await writeFile(join(hooks, hook), `#!/bin/sh\n${touch(`user-${hook}`)}\n`, { mode: 0o755 });
  }
  await writeFile(
    join(bench.home, '..', '.gitconfig'),
    `[core]\n\thooksPath = ${hooks}\n\tfsmonitor = ${touch('fsmonitor')}\n\tattributesFile = ${join(hooks, '..', 'attributes')}
[filter "lfs"]\n\tsmudge = ${touch('lfs-smudge')}\n\tprocess = ${touch('lfs-process')}\n\trequired = true
[filter "tidy"]\n\tsmudge = ${touch('tidy')}\n\tclean = ${touch('tidy-clean')}
[protocol]\n\tallow = always\n[submodule]\n\trecurse = true\n[http]\n\tfollowRedirects = true
[init]\n\ttemplateDir = ${join(hooks, '..', 'template')}\n`,
  );
  await writeFile(join(hooks, '..', 'attributes'), '* filter=tidy\n');
  await mkdir(join(hooks, '..', 'template', 'hooks'), { recursive: true });
  await writeFile(join(hooks, '..', 'template', 'hooks', 'post-checkout'), `#!/bin/sh\n${touch('template')}\n`, {
    mode: 0o755,
  });
});

after(async () => {
  if (home !== undefined) process.env['HOME'] = home;
  await bench[Symbol.asyncDispose]();
});

for (const [type, local] of [
  ['git-clone', false],
  ['git-worktree', false],
  ['git-worktree', true],
] as const) {
  test(`nothing of a hostile repository runs or is fetched (${type}${local ? ' of a local one' : ''})`, async () => {
    const name = `hostile-${type}-${local}.git`;
    const path = join(bench.repositories, name);
    const { commit } = await makeRepository(path, {
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs\n*.txt filter=tidy\n',
      'big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n',
      'note.txt': 'text\n',
      passwd: { link: '/etc/passwd' },
      'up/and/away': { link: '../../../../../../../../etc' },
      '.gitmodules': `[submodule "one"]\n\tpath = one\n\turl = file:///etc\n\tupdate = !touch ${join(evidence, 'update')}\n[submodule "two"]\n\tpath = two\n\turl = ext::sh -c touch% ${join(evidence, 'ext')}\n`,
      one: { commit: '1'.repeat(40) },
      two: { commit: '2'.repeat(40) },
      hooks: 'not a hook',
    });
    await mkdir(join(path, 'hooks'), { recursive: true });
    for (const hook of ['post-checkout', 'pre-receive', 'reference-transaction', 'post-upload-pack']) {
      await writeFile(join(path, 'hooks', hook), `#!/bin/sh\ntouch ${join(evidence, hook)}\n`, { mode: 0o755 });
    }
    const own = `touch ${join(evidence, 'repository-config')}`;
    for (const [key, value] of [
      ['core.fsmonitor', own],
      ['core.hooksPath', join(path, 'hooks')],
      ['core.sshCommand', own],
      ['core.pager', own],
      ['core.alternateRefsCommand', own],
      ['filter.tidy.smudge', own],
      ['uploadpack.packObjectsHook', own],
    ] as const) {
      await runGit(path, 'config', key, value);
    }
    const prepared = await bench.prepare({ type, repo: local ? path : `${bench.server.httpUrl}/${name}` });
    assert.equal(prepared.commit, commit);
    assert.deepEqual(readdirSync(evidence), []);
    const { directory } = prepared;
    assert.match(readFileSync(join(directory, 'big.bin'), 'utf8'), /^version https/);
    assert.equal(await readlink(join(directory, 'passwd')), '/etc/passwd');
    assert.deepEqual(readdirSync(join(directory, 'one')), []);
    assert.ok(!existsSync(join(directory, '.git', 'modules')));
    assert.ok(!existsSync(join(directory, '.git', 'hooks')));
    assert.equal(lstatSync('/etc/passwd').uid, 0);
    assert.doesNotMatch(readFileSync(join(directory, '.git', 'config'), 'utf8'), /filter|hooksPath|evidence/);
  });
}

test('a repository’s tree cannot put anything into the git directory', async () => {
  const path = join(bench.repositories, 'dotgit.git');
  await makeRepository(path, { a: '1' });
  const blob = await runGit(path, 'rev-parse', 'HEAD:a');
  for (const name of ['.git', '.GIT', 'git~1', '.g\u200cit']) {
    const inner = mkTree(path, `100644 blob ${blob}\tconfig\n`);
    const outer = mkTree(path, `040000 tree ${inner}\t${name}\n`);
    const commit = await runGit(path, 'commit-tree', '-m', 'bad', outer);
    await runGit(path, 'update-ref', 'refs/heads/bad', commit);
    await assert.rejects(bench.prepare({ repo: `${bench.server.httpUrl}/dotgit.git`, ref: 'bad' }), {
      code: 'PYLON_WORKSPACE_FAILED',
    });
  }
});

test('a redirect to another repository is not followed', async () => {
  await makeRepository(join(bench.repositories, 'target.git'), { a: '1' });
  const server = await startGitServer({
    dir: bench.repositories,
    intercept: (request, response) => {
      response.writeHead(301, { Location: `${bench.server.httpUrl}${request.url?.replace('moved', 'target')}` }).end();
      return true;
    },
  });
  try {
    for (const type of ['git-clone', 'git-worktree'] as const) {
      const repo = `${server.httpUrl}/moved.git`;
      await assert.rejects(bench.prepare({ type, repo }), { code: 'PYLON_REPO_REDIRECTED' });
    }
  } finally {
    await server.stop();
  }
});

test('a user’s own rewriting of addresses cannot lead to a path of the machine', async () => {
  const path = join(bench.repositories, 'rewritten.git');
  await makeRepository(path, { a: '1' });
  const file = join(bench.home, '..', '.gitconfig');
  const before = readFileSync(file, 'utf8');
  await writeFile(file, `[url "${path}"]\n\tinsteadOf = ${bench.server.httpUrl}/rewritten.git\n`);
  try {
    await assert.rejects(
      bench.prepare({ repo: `${bench.server.httpUrl}/rewritten.git` }),
      /transport 'file' not allowed/,
    );
  } finally {
    await writeFile(file, before);
  }
});

function mkTree(path: string, entries: string): string {
  const { stdout, stderr } = spawnSync('git', ['mktree', '--missing'], { cwd: path, input: entries, encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.trim();
}
