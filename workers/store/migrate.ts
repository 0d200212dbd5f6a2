import { fail } from '../../src/errors.ts';
import { createJobs } from './migrations/001-jobs.ts';
import { number, text } from './row.ts';
import type { Store } from './store.ts';
import { transaction } from './transaction.ts';

/** One step forward of the database's form. There are no steps back, and one that was released never changes. */
export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  /** The oldest version of this code that may still open the file afterwards: an addition that it can overlook keeps it. */
  readonly oldestReader: number;
  /** Any number of statements, run as one transaction. */
  readonly sql: string;
}

export const migrations: readonly Migration[] = [createJobs];

/**
 * Brings the database up to the newest of `known`, each step in a transaction of its own.
 *
 * Throws PYLON_DATABASE_FOREIGN for a SQLite file that is not Pylon's, PYLON_DATABASE_NEWER for one that a newer Pylon
 * has changed in ways that this one does not understand. Neither is touched.
 */
export function migrate(store: Store, known: readonly Migration[] = migrations): void {
  const version = pragma(store, 'user_version');
  const application = pragma(store, 'application_id');
  const fresh = version === 0 && application === 0 && tableCount(store) === 0;
  if (!fresh && application !== applicationId) throw fail('PYLON_DATABASE_FOREIGN', { file: store.file });
  refuseNewer(store, version, known.at(-1)?.version ?? 0);
  for (const migration of known) if (migration.version > version) apply(store, migration);
}

/** "PYLN", where SQLite keeps whose file it is; `file jobs.db` shows it. */
const applicationId = 0x50_59_4c_4e;

function refuseNewer(store: Store, version: number, newest: number): void {
  if (version <= newest) return;
  const [row] = store.all("SELECT value FROM meta WHERE key = 'oldest_reader'");
  const oldest = row === undefined ? version : Number(text(row, 'value'));
  if (oldest > newest) throw fail('PYLON_DATABASE_NEWER', { file: store.file, found: version, known: newest });
}

function apply(store: Store, migration: Migration): void {
  transaction(store, () => {
    store.exec(migration.sql);
    store.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('oldest_reader', ?)", [String(migration.oldestReader)]);
    store.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migration.version}`);
  });
}

function pragma(store: Store, name: 'user_version' | 'application_id'): number {
  const [row] = store.all(`PRAGMA ${name}`);
  return row === undefined ? 0 : number(row, name);
}

function tableCount(store: Store): number {
  const [row] = store.all('SELECT count(*) AS n FROM sqlite_schema');
  return row === undefined ? 0 : number(row, 'n');
}
