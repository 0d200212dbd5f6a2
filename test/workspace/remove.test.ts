import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';

import { removeJobDirectory } from '../../workers/workspace/remove.ts';
import { agent } from './workbench.ts';

const isRoot = process.getuid?.() === 0;

let root: string;
let job: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pylon-remove-'));
  await chmod(root, 0o777);
  job = join(root, 'job');
  await mkdir(job);
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('what is not there is fine', async () => {
  await removeJobDirectory(join(root, 'never'));
});

test('a name that looks like an option is a name', async () => {
  await mkdir(join(root, '-rf'));
  await removeJobDirectory(join(root, '-rf'));
  assert.deepEqual(readdirSync(root), ['job']);
});

test('links are removed and not followed', async () => {
  const precious = join(root, 'precious');
  await mkdir(precious);
  await writeFile(join(precious, 'file'), '');
  await symlink(precious, join(job, 'link'));
  await symlink('/', join(job, 'up'));
  await removeJobDirectory(job);
  assert.ok(existsSync(join(precious, 'file')));
  assert.ok(!existsSync(job));
  await symlink(precious, job);
  await removeJobDirectory(job);
  assert.ok(existsSync(join(precious, 'file')));
  assert.deepEqual(readdirSync(root), ['precious']);
});

test('closed directories, odd names and trees deeper than a path can name are removed', async () => {
  await makeHostile(job);
  await removeAs(agent, job);
  assert.ok(!existsSync(job));
});

test(
  'what belongs to another user and cannot be removed is said',
  { skip: !isRoot && 'needs root to make it' },
  async () => {
    await mkdir(join(job, 'theirs'));
    await writeFile(join(job, 'theirs', 'file'), '');
    await chown(job, agent.uid, agent.gid);
    await assert.rejects(removeAs(agent, job), /theirs.*PYLON_NOT_REMOVED/s);
  },
);

async function makeHostile(directory: string): Promise<void> {
  await mkdir(join(directory, 'closed', 'inner'), { recursive: true });
  await writeFile(join(directory, 'closed', 'inner', 'file'), '');
  await writeFile(join(directory, 'new\nline -rf *'), '');
  const deep = `for (let i = 0; i < 40; i += 1) { fs.mkdirSync('${'d'.repeat(200)}'); process.chdir('${'d'.repeat(200)}'); }`;
  execFileSync(process.execPath, ['--eval', deep], { cwd: directory });
  await chmod(join(directory, 'closed', 'inner'), 0);
  await chmod(join(directory, 'closed'), 0);
  if (isRoot) execFileSync('chown', ['-R', `${agent.uid}:${agent.gid}`, directory]);
}

/** Removes in a process of that user, as root would pass everything by. */
async function removeAs(user: { uid: number; gid: number }, directory: string): Promise<void> {
  if (!isRoot) return removeJobDirectory(directory);
  const module = new URL('../../workers/workspace/remove.js', import.meta.url).href;
  const script = `import { removeJobDirectory } from ${JSON.stringify(module)}; await removeJobDirectory(process.argv[1]);`;
  const args = ['--input-type=module', '--eval', script, directory];
  await promisify(execFile)(process.execPath, args, { cwd: '/', ...user });
}
