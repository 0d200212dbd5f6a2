import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import sqlite from 'node-sqlite3-wasm';

import { lockDatabase } from '../../src/os-lock.ts';
import { findJob } from '../../workers/store/find-job.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { jobCounts } from '../../workers/store/job-counts.ts';
import { openStore } from '../../workers/store/open-store.ts';
import { number, text } from '../../workers/store/row.ts';
import type { Store } from '../../workers/store/store.ts';
import { newJob, sqlite3, testFile } from './open-test-store.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url));

/** Has a process write to `file`, kills it once it has told of `batches` batches, and returns all ids it told of. */
async function killWriterAfter(t: TestContext, file: string, batches: number): Promise<string[]> {
  const writer = spawn(process.execPath, [fixture('write-jobs'), file], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => writer.kill('SIGKILL'));
  const ids: string[] = [];
  const exited = once(writer, 'exit');
  let seen = 0;
  for await (const line of createInterface(writer.stdout)) {
    ids.push(...line.split(' '));
    if ((seen += 1) === batches) writer.kill('SIGKILL');
  }
  await exited;
  return ids;
}

function assertSound(store: Store): void {
  const [row] = store.all('PRAGMA integrity_check');
  assert.equal(row && text(row, 'integrity_check'), 'ok');
  assert.deepEqual(store.all('PRAGMA foreign_key_check'), []);
}

test('a writer killed at any moment loses nothing that it had committed, and needs no cleaning up', async (t) => {
  const file = testFile(t);
  const told: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    told.push(...(await killWriterAfter(t, file, 1 + round * 2)));
    const lock = lockDatabase(file);
    const store = openStore(file);
    assertSound(store);
    const kept = new Set(store.all('SELECT id FROM jobs').map((row) => text(row, 'id')));
    assert.deepEqual(
      told.filter((id) => !kept.has(id)),
      [],
      `lost in round ${round}`,
    );
    const torn = store.all('SELECT parent FROM jobs GROUP BY parent HAVING count(*) <> 5');
    assert.deepEqual(torn, [], 'a transaction was kept in part');
    const [row] = store.all('SELECT count(*) AS n FROM jobs');
    assert.equal(jobCounts(store).total, row && number(row, 'n'));
    store.close();
    lock?.release();
  }
  assert.deepEqual(readdirSync(dirname(file)), ['jobs.db']);
  assert.equal(sqlite3(file, 'PRAGMA integrity_check'), 'ok');
});

test('a thread that ended inside a transaction leaves a database that its successor opens, without the half', async (t) => {
  const file = testFile(t);
  const lock = lockDatabase(file);
  t.after(() => lock?.release());
  const thread = new Worker(fixture('stall-in-transaction'), { workerData: file });
  await once(thread, 'message');
  await thread.terminate();
  assert.ok(existsSync(`${file}.lock`), 'the lock of the SQLite inside the dead thread is still there');
  const store = openStore(file);
  assertSound(store);
  assert.ok(findJob(store, 'committed'));
  assert.equal(findJob(store, 'uncommitted'), undefined);
  insertJob(store, newJob());
  store.close();
  assert.deepEqual(readdirSync(dirname(file)), ['jobs.db']);
});

test('the journal that another program left in the middle of a change is rolled back', (t) => {
  const original = testFile(t);
  const file = testFile(t);
  const store = openStore(original);
  for (let n = 0; n < 50; n += 1) insertJob(store, newJob({ payload: 'x'.repeat(2_000) }));
  store.close();
  // A small cache makes it write pages to the file before the transaction ends; the copy is what a power cut leaves.
  const db = new sqlite.Database(original);
  db.exec(
    "PRAGMA cache_size = 1; BEGIN; UPDATE requests SET payload = payload || 'half'; UPDATE jobs SET pylon = 'half'",
  );
  copyFileSync(original, file);
  copyFileSync(`${original}-journal`, `${file}-journal`);
  db.exec('ROLLBACK');
  db.close();

  const recovered = openStore(file);
  assertSound(recovered);
  const [row] = recovered.all(
    "SELECT count(*) AS n FROM jobs JOIN requests ON job = seq WHERE pylon = 'half' OR payload LIKE '%half'",
  );
  assert.equal(row && number(row, 'n'), 0);
  assert.equal(jobCounts(recovered).total, 50);
  assert.equal(existsSync(`${file}-journal`), false);
  recovered.close();
});
