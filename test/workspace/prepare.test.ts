import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { makeRepository, runGit, type Repository } from '../support/git-server.ts';
import { agent, asAgent, setUp, type Workbench } from './workbench.ts';

let bench: Workbench;
let repository: Repository;
let repo: string;

before(async () => {
  bench = await setUp();
  repository = await makeRepository(
    join(bench.repositories, 'app.git'),
    { 'README.md': 'one\n', 'src/run.sh': '#!/bin/sh\n', link: { link: 'README.md' } },
    {
      further: [{ 'README.md': 'two\n' }, { 'README.md': 'three\n' }],
      branches: { 'feature/x': { 'new.txt': 'x\n' } },
      tags: { 'v1.0': null, 'v1.1': 'annotated' },
    },
  );
  await runGit(
    join(bench.repositories, 'app.git'),
    'update-ref',
    'refs/pull/7/head',
    repository.commits['feature/x'] ?? '',
  );
  repo = `${bench.server.httpUrl}/app.git`;
});

after(() => bench[Symbol.asyncDispose]());

test('none gives an empty directory of the agent’s', async () => {
  const { directory, borrowed, commit } = await bench.prepare({ type: 'none' });
  assert.deepEqual([readdirSync(directory), borrowed, commit], [[], [], undefined]);
  assert.equal(statSync(directory).uid, agent.uid);
});

test('local gives the directory itself, links resolved, and changes nothing in it', async () => {
  const there = join(bench.repositories, '..', 'shared');
  await mkdir(there);
  await symlink(there, `${there}-link`);
  const before = statSync(there);
  assert.equal((await bench.prepare({ type: 'local', path: `${there}-link` })).directory, there);
  assert.equal(statSync(there).uid, before.uid);
  await writeFile(join(there, 'file'), '');
  await assert.rejects(bench.prepare({ type: 'local', path: join(there, 'file') }), {
    code: 'PYLON_LOCAL_NOT_DIRECTORY',
  });
  await assert.rejects(bench.prepare({ type: 'local', path: '/etc' }), { code: 'PYLON_HOST_PATH' });
  await assert.rejects(bench.prepare({ type: 'local', path: join(there, 'no') }), { code: 'PYLON_HOST_PATH' });
});

for (const type of ['git-clone', 'git-worktree'] as const) {
  describe(type, () => {
    test('takes the default branch where no ref is given', async () => {
      const { directory, commit } = await bench.prepare({ type, repo });
      assert.equal(commit, repository.commit);
      assert.equal(await readFile(join(directory, 'README.md'), 'utf8'), 'three\n');
      assert.equal(await asAgent(directory, 'status', '--porcelain=2', '--branch'), status('main', repository.commit));
    });

    for (const [ref, name, expected] of [
      ['feature/x', 'a branch', 'feature/x'],
      ['refs/heads/feature/x', 'a branch’s full name', 'feature/x'],
      ['v1.0', 'a tag', undefined],
      ['v1.1', 'an annotated tag', undefined],
      ['refs/tags/v1.1', 'a tag’s full name', undefined],
      ['refs/pull/7/head', 'another reference', undefined],
      ['HEAD', 'HEAD', 'main'],
    ] as const) {
      test(`takes ${name}`, async () => {
        const { directory, commit } = await bench.prepare({ type, repo, ref });
        const wanted = await runGit(join(bench.repositories, 'app.git'), 'rev-parse', `${ref}^{commit}`);
        assert.equal(commit, wanted);
        assert.equal(await asAgent(directory, 'rev-parse', 'HEAD'), wanted);
        const branch = await asAgent(directory, 'branch', '--show-current');
        assert.equal(branch, expected ?? '');
      });
    }

    test('takes a full commit id, and the beginning of one', async () => {
      const old = repository.history[1] ?? '';
      for (const ref of [old, old.toUpperCase(), old.slice(0, 9)]) {
        const { directory, commit } = await bench.prepare({ type, repo, ref });
        assert.equal(commit, old);
        assert.equal(await readFile(join(directory, 'README.md'), 'utf8'), 'two\n');
      }
    });

    test('takes a commit id from a server that hands out none by id', async () => {
      const old = repository.history[1] ?? '';
      const { commit } = await bench.prepare({ type, repo: `${bench.server.gitUrl}/app.git`, ref: old });
      assert.equal(commit, old);
    });

    test('lets the agent look around and commit, with an origin and no credentials', async () => {
      const { directory } = await bench.prepare({ type, repo, ref: 'main' });
      await rm(join(directory, 'link'));
      assert.match(await asAgent(directory, 'log', '--oneline'), /change 2/);
      await asAgent(directory, 'commit', '--quiet', '--all', '-m', 'by the agent');
      assert.equal(await asAgent(directory, 'log', '-1', '--format=%s %an'), 'by the agent Pylon');
      assert.equal(await asAgent(directory, 'remote', 'get-url', 'origin'), repo);
      assert.equal(await asAgent(directory, 'rev-parse', '--abbrev-ref', 'main@{upstream}'), 'origin/main');
    });

    test('belongs to the agent entirely, links as links', async () => {
      const { directory } = await bench.prepare({ type, repo });
      for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
        assert.equal(lstatSync(join(directory, name)).uid, agent.uid, name);
      }
      assert.ok(lstatSync(join(directory, 'link')).isSymbolicLink());
    });

    test('replaces what an earlier attempt left', async () => {
      const jobDirectory = join(bench.home, 'pylons', 'p', 'jobs', `again-${type}`);
      await mkdir(join(jobDirectory, 'workspace', '.git', 'hooks'), { recursive: true });
      await writeFile(join(jobDirectory, 'workspace', '.git', 'config'), '[core]\n\tbroken');
      const { directory, commit } = await bench.prepare({ type, repo, jobDirectory });
      assert.equal(commit, repository.commit);
      assert.ok(!existsSync(join(directory, '.git', 'hooks')));
    });

    test('works in a repository that uses SHA-256', async () => {
      const path = join(bench.repositories, `sha256-${type}.git`);
      await runGit(
        bench.repositories,
        'init',
        '--quiet',
        '--bare',
        '--object-format=sha256',
        '--initial-branch=main',
        path,
      );
      const tree = await runGit(path, 'hash-object', '-t', 'tree', '-w', '/dev/null');
      const commit = await runGit(path, 'commit-tree', '-m', 'only', tree);
      await runGit(path, 'update-ref', 'refs/heads/main', commit);
      const url = `${bench.server.httpUrl}/sha256-${type}.git`;
      assert.equal((await bench.prepare({ type, repo: url })).commit, commit);
      assert.equal((await bench.prepare({ type, repo: url, ref: commit })).commit, commit);
    });
  });
}

test('git-clone is shallow and borrows nothing', async () => {
  const { directory, borrowed } = await bench.prepare({ repo });
  assert.deepEqual(borrowed, []);
  assert.equal(await asAgent(directory, 'rev-list', '--count', 'HEAD'), '1');
});

test('git-worktree borrows all objects from a cached clone, which each job brings up to date', async () => {
  const path = join(bench.repositories, 'growing.git');
  await makeRepository(path, { a: '1' }, { branches: { gone: { b: '2' } } });
  const url = `${bench.server.httpUrl}/growing.git`;
  const first = await bench.prepare({ type: 'git-worktree', repo: url });
  assert.equal(first.borrowed.length, 1);
  assert.ok(first.borrowed[0]?.startsWith(join(bench.home, 'repos')));
  assert.deepEqual(await objectsIn(first.directory), []);
  const tree = await runGit(path, 'rev-parse', 'main^{tree}');
  const next = await runGit(path, 'commit-tree', '-p', 'main', '-m', 'next', tree);
  await runGit(path, 'update-ref', 'refs/heads/main', next);
  await runGit(path, 'update-ref', '-d', 'refs/heads/gone');
  const second = await bench.prepare({ type: 'git-worktree', repo: url });
  assert.equal(second.commit, next);
  assert.deepEqual(second.borrowed, first.borrowed);
  assert.equal(
    await asAgent(second.directory, 'branch', '--remotes', '--format=%(refname)'),
    'refs/remotes/origin/main',
  );
  assert.equal(await asAgent(first.directory, 'log', '-1', '--format=%s', 'origin/gone'), 'on gone');
});

test('git-worktree borrows from a local repository, bare or not, and from what that borrows from', async () => {
  const path = join(bench.repositories, 'app.git');
  const bare = await bench.prepare({ type: 'git-worktree', repo: path, ref: 'feature/x' });
  assert.equal(bare.commit, repository.commits['feature/x']);
  assert.deepEqual(bare.borrowed, [join(path, 'objects')]);
  assert.deepEqual(await objectsIn(bare.directory), []);
  const copy = join(bench.repositories, 'copy');
  await runGit(bench.repositories, 'clone', '--quiet', '--shared', path, copy);
  await runGit(copy, 'remote', 'set-url', 'origin', 'https://me:secret@example.com/app.git');
  const sub = join(bench.repositories, 'linked');
  await runGit(copy, 'worktree', 'add', '--quiet', sub, 'HEAD~1');
  for (const [repoPath, commit] of [
    [copy, repository.commit],
    [sub, repository.history[1]],
  ] as const) {
    const prepared = await bench.prepare({ type: 'git-worktree', repo: repoPath });
    assert.equal(prepared.commit, commit);
    assert.deepEqual(prepared.borrowed, [join(copy, '.git', 'objects'), join(path, 'objects')]);
    assert.equal(await asAgent(prepared.directory, 'remote', 'get-url', 'origin'), 'https://example.com/app.git');
    await asAgent(prepared.directory, 'commit', '--quiet', '--allow-empty', '-m', 'mine');
  }
});

test('git-worktree of a shallow local repository knows where its history ends', async () => {
  const copy = join(bench.repositories, 'shallow');
  await runGit(bench.repositories, 'clone', '--quiet', '--depth=1', `${bench.server.gitUrl}/app.git`, copy);
  const { directory } = await bench.prepare({ type: 'git-worktree', repo: copy });
  assert.equal(await asAgent(directory, 'rev-list', '--count', 'HEAD'), '1');
});

test('git-worktree at one repository many times at once fetches one after the other', async () => {
  const lines: string[] = [];
  const jobs = Array.from({ length: 4 }, () =>
    bench.prepare(
      { type: 'git-worktree', repo: `${bench.server.gitUrl}/app.git` },
      { log: (line) => lines.push(line) },
    ),
  );
  for (const { commit } of await Promise.all(jobs)) assert.equal(commit, repository.commit);
  assert.ok(lines.some((line) => line.includes('waiting')));
});

test('the packs of a cached clone are joined when they are many, and nothing borrowed is lost', async () => {
  const path = join(bench.repositories, 'packed.git');
  const { commit } = await makeRepository(path, { a: '1' });
  const request = { type: 'git-worktree', repo: `${bench.server.httpUrl}/packed.git` } as const;
  const first = await bench.prepare(request);
  const objects = first.borrowed[0] ?? '';
  // Nothing refers to these: a job whose branch was deleted since may still.
  const script = `for i in $(seq 45); do
    id=$(echo "blob $i" | git hash-object -w --stdin); echo $id; echo $id | git pack-objects -q objects/pack/pack >&2
  done; git prune-packed -q`;
  const ids = execFileSync('sh', ['-c', script], { cwd: join(objects, '..'), encoding: 'utf8', stdio: 'pipe' }).split(
    '\n',
  );
  assert.equal((await bench.prepare(request)).commit, commit);
  const packs = readdirSync(join(objects, 'pack')).filter((name) => name.endsWith('.pack'));
  assert.ok(packs.length < 10, `${packs.length} packs`);
  await asAgent(first.directory, 'rev-list', '--objects', '--no-walk', ...ids.filter((id) => id !== ''));
});

test('a cached clone that a kill left half-written is put in order, and a damaged one made anew', async () => {
  const path = join(bench.repositories, 'fragile.git');
  const { commit } = await makeRepository(path, { a: '1' });
  const request = { type: 'git-worktree', repo: `${bench.server.httpUrl}/fragile.git` } as const;
  const objects = (await bench.prepare(request)).borrowed[0] ?? '';
  const clone = join(objects, '..');
  await writeFile(join(clone, 'packed-refs.lock'), '');
  await writeFile(join(clone, 'config.lock'), '');
  await writeFile(join(objects, 'pack', 'tmp_pack_abc'), 'half');
  assert.equal((await bench.prepare(request)).commit, commit);
  assert.ok(!readdirSync(join(objects, 'pack')).includes('tmp_pack_abc'));
  await rm(join(clone, 'objects'), { recursive: true });
  await mkdir(join(clone, 'objects'));
  assert.equal((await bench.prepare(request)).commit, commit);
  await writeFile(join(clone, 'HEAD'), '');
  assert.equal((await bench.prepare(request)).commit, commit);
});

async function objectsIn(directory: string): Promise<string[]> {
  const count = await asAgent(directory, 'count-objects', '-v');
  return count.split('\n').filter((line) => /^(?:count|in-pack): [1-9]/.test(line));
}

function status(branch: string, commit: string): string {
  return [
    `# branch.oid ${commit}`,
    `# branch.head ${branch}`,
    `# branch.upstream origin/${branch}`,
    '# branch.ab +0 -0',
  ].join('\n');
}
