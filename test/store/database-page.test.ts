import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { changeStatus } from '../../workers/store/change-status.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { openStore } from '../../workers/store/open-store.ts';
import { newJob, sqlite3, testFile } from './open-test-store.ts';

const page = readFileSync('docs/database.md', 'utf8');

test('docs/database.md names every table and no other', (t) => {
  const file = testFile(t);
  openStore(file).close();
  const tables = sqlite3(file, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(new Set(named), new Set(tables.split('\n')));
});

test('every query of docs/database.md gives a row where there is one to give', (t) => {
  const file = testFile(t);
  const store = openStore(file);
  const job = newJob({ id: '0b8f2c1d-0000-4000-8000-000000000000', createdAt: 0 });
  insertJob(store, job);
  changeStatus(store, job.id, 'running', 1_000);
  changeStatus(store, job.id, 'failed', 4_000, { run: { error: 'It broke.', result: 'nothing' } });
  store.close();
  const queries = [...page.matchAll(/```sql\n([^]*?)```/g)].map(([, sql = '']) => sqlite3(file, sql));
  assert.deepEqual(queries, [
    '0b8f2c1d|1970-01-01 00:00:00|It broke.',
    '1970-01-01|1|3.0',
    '{"action":"opened"}|nothing',
  ]);
});
