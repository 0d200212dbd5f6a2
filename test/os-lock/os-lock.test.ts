import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { lockDatabase, lockFile, lockHolder } from '../../src/os-lock.ts';

const holder = fileURLToPath(new URL('./fixtures/hold-lock.js', import.meta.url));
const children: ChildProcess[] = [];
let directory: string;
let file: string;
let count = 0;

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'pylon-os-lock-'));
});
beforeEach(() => {
  file = join(directory, `file-${(count += 1)}`);
});
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

async function inOtherProcess(
  kind: 'database' | 'file',
  path: string,
): Promise<{ child: ChildProcess; said: unknown }> {
  const child = fork(holder, [kind, path]);
  children.push(child);
  const [said] = (await once(child, 'message')) as [unknown];
  return { child, said };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

describe('lockFile', () => {
  test('a file locked by one process is refused to a second, which can read who has it', async () => {
    const { child, said } = await inOtherProcess('file', file);
    assert.equal(said, 'held');
    assert.equal(lockFile(file), undefined);
    assert.equal(lockHolder(file), child.pid);
    assert.equal(readFileSync(file, 'utf8'), `${child.pid}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await end(child, 'SIGKILL');
  });

  test('a killed holder leaves nothing that keeps the next one out', async () => {
    const { child } = await inOtherProcess('file', file);
    await end(child, 'SIGKILL');
    assert.equal(readFileSync(file, 'utf8'), `${child.pid}\n`, 'its process id is still there');
    assert.equal(lockHolder(file), undefined);
    const lock = lockFile(file);
    assert.ok(lock);
    assert.equal(lockHolder(file), process.pid);
    lock.release();
  });

  test('a released lock is free for others, and releasing it twice does no harm', async () => {
    const lock = lockFile(file);
    assert.equal((await inOtherProcess('file', file)).said, 'refused');
    lock?.release();
    lock?.release();
    assert.equal(lockHolder(file), undefined);
    const { child, said } = await inOtherProcess('file', file);
    assert.equal(said, 'held');
    const exited = once(child, 'exit');
    child.send('leave');
    await exited;
    assert.equal(readFileSync(file, 'utf8'), '');
  });

  test('the same process cannot take it twice', () => {
    const lock = lockFile(file);
    assert.equal(lockFile(file), undefined);
    lock?.release();
  });

  test('a longer process id of an earlier holder leaves no digits behind', () => {
    writeFileSync(file, '99999999999\n');
    const lock = lockFile(file);
    assert.equal(readFileSync(file, 'utf8'), `${process.pid}\n`);
    lock?.release();
  });

  test('opening and closing the file elsewhere in the process does not drop it', async () => {
    const lock = lockFile(file);
    closeSync(openSync(file, 'r+'));
    assert.equal((await inOtherProcess('file', file)).said, 'refused');
    lock?.release();
  });

  test('a child process that the holder started does not inherit it', () => {
    const lock = lockFile(file);
    const sleeper = fork(holder, ['file', join(directory, 'another')]);
    children.push(sleeper);
    lock?.release();
    const next = lockFile(file);
    assert.ok(next);
    next.release();
  });

  test('nobody holds a file that does not exist', () => {
    assert.equal(lockHolder(file), undefined);
    assert.equal(existsSync(file), false);
  });

  test('a file that cannot be made is an error, not a refusal', () => {
    assert.throws(() => lockFile(join(directory, 'missing', 'lock')), { code: 'ENOENT' });
  });
});

describe('lockDatabase', () => {
  const select = (): string => spawnSync('sqlite3', [file, 'SELECT count(*) FROM t'], { encoding: 'utf8' }).stderr;
  const insert = (): string => spawnSync('sqlite3', [file, 'INSERT INTO t VALUES (2)'], { encoding: 'utf8' }).stderr;

  beforeEach(() => {
    execFileSync('sqlite3', [file, 'CREATE TABLE t (a); INSERT INTO t VALUES (1)']);
  });

  test('makes a missing file, empty and private', () => {
    rmSync(file);
    const lock = lockDatabase(file);
    assert.equal(statSync(file).size, 0);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    lock?.release();
  });

  test('every other SQLite is told that the database is locked, until the lock is released', () => {
    const lock = lockDatabase(file);
    assert.match(select(), /database is locked/);
    assert.match(insert(), /database is locked/);
    lock?.release();
    assert.equal(select(), '');
    assert.equal(insert(), '');
  });

  test('a second process is refused, and gets it once the first was killed', async () => {
    const { child, said } = await inOtherProcess('database', file);
    assert.equal(said, 'held');
    assert.equal(lockDatabase(file), undefined);
    await end(child, 'SIGKILL');
    const lock = lockDatabase(file);
    assert.ok(lock);
    lock.release();
  });

  test('is refused while another SQLite is at work in the file', async () => {
    const { spawn } = await import('node:child_process');
    const shell = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(shell);
    shell.stdin.write("BEGIN; SELECT count(*) FROM t; SELECT 'reading';\n");
    for await (const chunk of shell.stdout) if (String(chunk).includes('reading')) break;
    assert.equal(lockDatabase(file), undefined);
    await end(shell, 'SIGKILL');
    const lock = lockDatabase(file);
    assert.ok(lock);
    lock.release();
  });

  test('knows whether its file is still the one at that path', () => {
    const replaced = join(directory, 'replaced.db');
    const lock = lockDatabase(replaced);
    assert.equal(lock?.isInPlace(), true);
    rmSync(replaced);
    assert.equal(lock?.isInPlace(), false);
    writeFileSync(replaced, '');
    assert.equal(lock?.isInPlace(), false);
    lock?.release();
  });

  test('holds while a thread of this process opens, writes and closes the same file with SQLite', async () => {
    const lock = lockDatabase(file);
    const thread = new Worker(
      `const { Database } = require('node-sqlite3-wasm');
       const db = new Database(require('node:worker_threads').workerData);
       db.run('INSERT INTO t VALUES (3)');
       db.close();`,
      { eval: true, workerData: file },
    );
    const [code] = (await once(thread, 'exit')) as [number];
    assert.equal(code, 0);
    assert.match(select(), /database is locked/);
    assert.equal((await inOtherProcess('database', file)).said, 'refused');
    lock?.release();
    assert.equal(execFileSync('sqlite3', [file, 'SELECT group_concat(a) FROM t'], { encoding: 'utf8' }), '1,3\n');
  });
});
