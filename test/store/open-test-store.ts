/** A database of its own for one test: in a directory that goes when the test ends, under the operating system's lock. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { lockDatabase } from '../../src/os-lock.ts';
import { openStore } from '../../workers/store/open-store.ts';
import type { NewJob } from '../../workers/store/records.ts';
import type { Store } from '../../workers/store/store.ts';

export function openTestStore(t: TestContext): Store {
  const file = testFile(t);
  const lock = lockDatabase(file);
  const store = openStore(file);
  t.after(() => {
    store.close();
    lock?.release();
  });
  return store;
}

/** A path for a database in a directory of its own. */
export function testFile(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'pylon-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'jobs.db');
}

/** A webhook job with everything set; `changes` over it. */
export function newJob(changes: Partial<NewJob> = {}): NewJob {
  return {
    id: randomUUID(),
    pylon: 'demo',
    status: 'pending',
    trigger: 'webhook',
    createdAt: Date.parse('2026-01-02T03:04:05.678Z'),
    scheduledAt: null,
    parent: null,
    payload: '{"action":"opened"}',
    headers: { 'x-github-event': 'issues' },
    eventId: null,
    countsAsQueued: false,
    error: null,
    ...changes,
  };
}

/** What the sqlite3 program says to `sql`, errors included. */
export function sqlite3(file: string, sql: string): string {
  try {
    return execFileSync('sqlite3', [file, sql], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  }
}
