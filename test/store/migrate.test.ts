import assert from 'node:assert/strict';
import { test } from 'node:test';

import { getMeta } from '../../workers/store/meta.ts';
import { migrate, type Migration, migrations } from '../../workers/store/migrate.ts';
import { openStore } from '../../workers/store/open-store.ts';
import { openTestStore, sqlite3, testFile } from './open-test-store.ts';

const next = migrations.length + 1;
const addition: Migration = {
  version: next,
  oldestReader: migrations.length,
  sql: 'CREATE TABLE added (a); INSERT INTO added VALUES (1)',
};
const upheaval: Migration = { version: next, oldestReader: next, sql: 'DROP TABLE outbox' };

test('migrations are numbered from 1 without gaps', () => {
  assert.deepEqual(
    migrations.map(({ version }) => version),
    migrations.map((_, n) => n + 1),
  );
});

test('each missing step is taken once', (t) => {
  const store = openTestStore(t);
  migrate(store, [...migrations, addition]);
  migrate(store, [...migrations, addition]);
  assert.deepEqual(store.all('SELECT a FROM added'), [{ a: 1 }]);
  assert.deepEqual(store.all('PRAGMA user_version'), [{ user_version: next }]);
  assert.equal(getMeta(store, 'oldest_reader'), String(migrations.length));
});

test('a step that fails is undone as a whole', (t) => {
  const store = openTestStore(t);
  const faulty = { ...addition, sql: `${addition.sql}; INSERT INTO nowhere VALUES (1)` };
  assert.throws(() => migrate(store, [...migrations, faulty]), { code: 'PYLON_INTERNAL' });
  assert.deepEqual(store.all('PRAGMA user_version'), [{ user_version: migrations.length }]);
  assert.deepEqual(store.all("SELECT name FROM sqlite_schema WHERE name = 'added'"), []);
});

test('the release before an addition still opens the database, and leaves its version', (t) => {
  const file = testFile(t);
  const store = openStore(file);
  migrate(store, [...migrations, addition]);
  store.close();
  openStore(file).close();
  assert.equal(sqlite3(file, 'PRAGMA user_version'), String(next));
});

test('a database that a newer release has changed too much is refused and not touched', (t) => {
  const file = testFile(t);
  const store = openStore(file);
  migrate(store, [...migrations, upheaval]);
  store.close();
  assert.throws(() => openStore(file), {
    code: 'PYLON_DATABASE_NEWER',
    message: new RegExp(`form ${next}; this one knows up to ${migrations.length}`),
  });
  assert.equal(
    sqlite3(file, 'PRAGMA user_version; PRAGMA journal_mode; PRAGMA integrity_check'),
    `${next}\ndelete\nok`,
  );
});
