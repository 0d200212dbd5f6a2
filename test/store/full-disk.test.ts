import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { jobCounts } from '../../workers/store/job-counts.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { openStore } from '../../workers/store/open-store.ts';
import type { Store } from '../../workers/store/store.ts';
import { transaction } from '../../workers/store/transaction.ts';
import { newJob, sqlite3 } from './open-test-store.ts';

const options = { skip: process.getuid?.() === 0 ? false : 'needs to mount a small disk, which only root may' };

function smallDisk(t: TestContext, size: string): string {
  const disk = mkdtempSync(join(tmpdir(), 'pylon-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
  t.after(() => {
    execFileSync('umount', ['--lazy', disk]);
    rmdirSync(disk);
  });
  return disk;
}

const remount = (disk: string, how: string): unknown => execFileSync('mount', ['-o', `remount,${how}`, disk]);

/** Stores batches of ten until the disk is full; returns how many jobs were stored, and the error that ended it. */
function fill(store: Store): { stored: number; error: unknown } {
  for (let stored = 0; ; stored += 10) {
    try {
      transaction(store, () => {
        for (let n = 0; n < 10; n += 1) insertJob(store, newJob({ payload: 'x'.repeat(5_000) }));
      });
    } catch (error) {
      return { stored, error };
    }
  }
}

test('what does not fit on the disk is refused as a whole; when there is room again all goes on', options, (t) => {
  const disk = smallDisk(t, '1m');
  const file = join(disk, 'jobs.db');
  const store = openStore(file);
  const { stored, error } = fill(store);
  assert.ok(stored > 0);
  assert.ok(error instanceof Error && 'code' in error && error.code === 'PYLON_NOT_STORED', String(error));
  assert.match(error.message, /disk is full/);
  assert.equal(store.inTransaction, false);
  assert.equal(jobCounts(store).total, stored, 'reading goes on');
  assert.equal(fill(store).stored, 0, 'nor does it fit the second time');
  remount(disk, 'size=8m');
  insertJob(store, newJob());
  assert.equal(jobCounts(store).total, stored + 1);
  store.close();
  assert.deepEqual(readdirSync(disk), ['jobs.db']);
  assert.equal(sqlite3(file, 'PRAGMA integrity_check; SELECT count(*) FROM jobs'), `ok\n${stored + 1}`);
});

test('a failure inside a transaction that its owner overlooks does not let the rest through alone', options, (t) => {
  const disk = smallDisk(t, '512k');
  const store = openStore(join(disk, 'jobs.db'));
  store.all('PRAGMA cache_size = 1');
  const careless = (): void =>
    transaction(store, () => {
      for (let n = 0; n < 200; n += 1) {
        try {
          insertJob(store, newJob({ payload: 'x'.repeat(20_000) }));
        } catch {
          // Overlooked.
        }
      }
    });
  assert.throws(careless, { code: 'PYLON_NOT_STORED' });
  assert.equal(jobCounts(store).total, 0);
  store.close();
});

test('a database closed on a full disk loses nothing', options, (t) => {
  const disk = smallDisk(t, '1m');
  const file = join(disk, 'jobs.db');
  const store = openStore(file);
  const { stored } = fill(store);
  store.close();
  remount(disk, 'size=8m');
  const again = openStore(file);
  assert.equal(jobCounts(again).total, stored);
  again.close();
  assert.deepEqual(readdirSync(disk), ['jobs.db']);
});

test('a database cannot be made on a full disk, which is said', options, (t) => {
  const disk = smallDisk(t, '16k');
  assert.throws(() => openStore(join(disk, 'jobs.db')), { code: 'PYLON_NOT_STORED', message: /disk is full/ });
});

test('a database on a read-only disk is refused with the reason', options, (t) => {
  const disk = smallDisk(t, '1m');
  const file = join(disk, 'jobs.db');
  openStore(file).close();
  remount(disk, 'ro');
  assert.throws(() => openStore(file), { code: 'PYLON_DATABASE_UNUSABLE', message: /EROFS/ });
});
