import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { fileAt } from '../../src/file-id.ts';
import type { LogLine } from '../../src/log.ts';
import { makeLog } from '../../src/log.ts';
import { lockDatabase } from '../../src/os-lock.ts';
import { findJob } from '../../workers/store/find-job.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { openStore } from '../../workers/store/open-store.ts';
import { newJob, sqlite3, testFile } from './open-test-store.ts';

test('an open database syncs every commit to a log of its own and lets nobody in', (t) => {
  const file = testFile(t);
  const lock = lockDatabase(file);
  const store = openStore(file);
  t.after(() => store.close());
  insertJob(store, newJob());
  assert.deepEqual(store.all('PRAGMA journal_mode'), [{ journal_mode: 'wal' }]);
  assert.deepEqual(store.all('PRAGMA synchronous'), [{ synchronous: 2 }]);
  assert.deepEqual(store.all('PRAGMA foreign_keys'), [{ foreign_keys: 1 }]);
  for (const made of [file, `${file}-wal`]) assert.equal(statSync(made).mode & 0o077, 0, made);
  for (const sql of ['SELECT * FROM jobs', 'DELETE FROM jobs', 'PRAGMA journal_mode = DELETE', '.backup /dev/null']) {
    assert.match(sqlite3(file, sql), /database is locked/, sql);
  }
  lock?.release();
});

test('a closed database is one plain file that any SQLite program reads and writes', (t) => {
  const file = testFile(t);
  const lock = lockDatabase(file);
  const store = openStore(file);
  const job = newJob({ pylon: 'später' });
  insertJob(store, job);
  store.close();
  store.close();
  lock?.release();
  assert.deepEqual(readdirSync(dirname(file)), ['jobs.db']);
  assert.equal(
    sqlite3(file, 'PRAGMA journal_mode; PRAGMA integrity_check; SELECT pylon FROM jobs'),
    'delete\nok\nspäter',
  );
  assert.equal(sqlite3(file, "UPDATE jobs SET pylon = 'native'"), '');
  const again = openStore(file);
  assert.equal(findJob(again, job.id)?.pylon, 'native');
  again.close();
});

test('what a dead predecessor locked is opened all the same, and the log says what was taken up', (t) => {
  const file = testFile(t);
  openStore(file).close();
  mkdirSync(`${file}.lock`);
  writeFileSync(`${file}-wal`, '');
  const lines: LogLine[] = [];
  openStore(file, { log: makeLog((line) => lines.push(line)) }).close();
  assert.equal(existsSync(`${file}.lock`), false);
  assert.match(lines[0]?.message ?? '', /was not closed/);
});

test('an empty file is a new database', (t) => {
  const file = testFile(t);
  writeFileSync(file, '');
  const store = openStore(file);
  insertJob(store, newJob());
  store.close();
  assert.equal(sqlite3(file, 'SELECT count(*) FROM jobs'), '1');
});

test('a file that is no database is refused, named, and left as it is', (t) => {
  const file = testFile(t);
  writeFileSync(file, 'not a database '.repeat(1_000));
  assert.throws(
    () => openStore(file),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'PYLON_DATABASE_DAMAGED');
      assert.ok(error.message.includes(file));
      return true;
    },
  );
  assert.deepEqual(readdirSync(dirname(file)), ['jobs.db']);
  assert.equal(statSync(file).size, 15_000);
});

test('a database with a destroyed page is refused or reported when that page is read', (t) => {
  const file = testFile(t);
  const store = openStore(file);
  insertJob(store, newJob());
  store.close();
  sqlite3(file, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'history'");
  const broken = (): void => {
    const again = openStore(file);
    try {
      again.all('SELECT * FROM history');
    } finally {
      again.close();
    }
  };
  assert.throws(broken, { code: 'PYLON_DATABASE_DAMAGED' });
});

test('a SQLite file of another program is refused and not touched', (t) => {
  const file = testFile(t);
  sqlite3(file, 'CREATE TABLE theirs (a)');
  assert.throws(() => openStore(file), { code: 'PYLON_DATABASE_FOREIGN' });
  assert.equal(sqlite3(file, '.tables'), 'theirs');
  assert.deepEqual(readdirSync(dirname(file)), ['jobs.db']);
});

test('a missing directory and a directory in place of the file are refused with the reason', (t) => {
  const file = testFile(t);
  assert.throws(() => openStore(join(dirname(file), 'missing', 'jobs.db')), {
    code: 'PYLON_DATABASE_UNUSABLE',
    message: /ENOENT/,
  });
  mkdirSync(file);
  assert.throws(() => openStore(file), { code: 'PYLON_DATABASE_UNUSABLE', message: /EISDIR/ });
});

test('a database that is not the one that was locked is refused, and nothing of it is touched', (t) => {
  const file = testFile(t);
  openStore(file).close();
  const locked = fileAt(file) ?? assert.fail();
  renameSync(file, `${file}.moved`);
  assert.throws(() => openStore(file, { locked }), { code: 'PYLON_DATABASE_UNUSABLE', message: /moved or replaced/ });
  assert.equal(existsSync(file), false, 'what is gone does not come back');
  openStore(file).close();
  mkdirSync(`${file}.lock`);
  assert.throws(() => openStore(file, { locked }), { code: 'PYLON_DATABASE_UNUSABLE' });
  assert.ok(existsSync(`${file}.lock`), 'somebody else’s lock stays');
  renameSync(`${file}.moved`, file);
  openStore(file, { locked }).close();
});
