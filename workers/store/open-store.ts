import { closeSync, constants, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import sqlite from 'node-sqlite3-wasm';

import { fail, reasonOf } from '../../src/errors.ts';
import { fileAt, isSameFile } from '../../src/file-id.ts';
import type { FileId } from '../../src/file-id.ts';
import type { Log } from '../../src/log.ts';
import { withHotJournalSeen } from './hot-journal.ts';
import { migrate } from './migrate.ts';
import { text } from './row.ts';
import { Store } from './store.ts';

/**
 * Opens the database `file`, making it where there is none, recovering it where it was not closed, and bringing it up to
 * date. THE CALLER'S PROCESS MUST HOLD `lockDatabase(file)`, and nobody else in it may have the file open: only that makes
 * it safe to remove what a dead predecessor left. `:memory:` gives an empty database that needs no lock.
 *
 * Throws PYLON_DATABASE_UNUSABLE (missing directory, no permission, read-only), PYLON_DATABASE_DAMAGED,
 * PYLON_DATABASE_FOREIGN, PYLON_DATABASE_NEWER, PYLON_NOT_STORED (full disk). Nothing stays open or locked then.
 */
export function openStore(file: string, options: OpenOptions = {}): Store {
  const store = file === inMemory ? connect(file, options.log) : connectToFile(resolve(file), options);
  try {
    if (file === inMemory) migrate(store);
    else prepare(store);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

export interface OpenOptions {
  readonly log?: Log;
  /**
   * The file that is locked. Its directory may have been moved, and another put in its place, since: that one belongs to
   * somebody else, who may be writing to it, and is refused with PYLON_DATABASE_UNUSABLE.
   */
  readonly locked?: FileId;
}

const inMemory = ':memory:';

function connect(file: string, log: Log | undefined): Store {
  try {
    return new Store(new sqlite.Database(file), file, log);
  } catch (error) {
    throw fail('PYLON_DATABASE_UNUSABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}

function connectToFile(file: string, { log, locked }: OpenOptions): Store {
  demandLocked(file, locked);
  demandWritable(file);
  if (existsSync(`${file}-wal`) || existsSync(`${file}-journal`)) {
    log?.info(`${file} was not closed by whoever used it last; what was stored is taken up from its journal`);
  }
  // node-sqlite3-wasm's own lock. It outlives its maker; the operating system's lock, which the caller holds, does not.
  rmSync(`${file}.lock`, { recursive: true, force: true });
  const store = connect(file, log);
  try {
    // Once more, as SQLite has it open by its name and nothing of it was read yet.
    demandLocked(file, locked);
  } catch (error) {
    store.close();
    throw error;
  }
  return store;
}

function demandLocked(file: string, locked: FileId | undefined): void {
  if (locked === undefined || isSameFile(fileAt(file), locked)) return;
  throw fail('PYLON_DATABASE_UNUSABLE', { file, reason: 'its directory was moved or replaced meanwhile' });
}

function prepare(store: Store): void {
  // First of all: WAL works here only for a connection that never lets go of the file.
  store.all('PRAGMA locking_mode = EXCLUSIVE');
  // Right after it: most other PRAGMAs read the file themselves.
  withHotJournalSeen(store.file, () => store.all('SELECT count(*) FROM sqlite_schema'));
  store.all('PRAGMA synchronous = FULL');
  migrate(store);
  const [row] = store.all('PRAGMA journal_mode = WAL');
  if (row === undefined || text(row, 'journal_mode') !== 'wal') {
    throw fail('PYLON_DATABASE_UNUSABLE', { file: store.file, reason: 'it cannot be put into WAL mode' });
  }
  store.all(`PRAGMA journal_size_limit = ${walBytesKept}`);
  // Makes the WAL file itself, before its name is synced.
  store.all('SELECT count(*) FROM sqlite_schema');
  syncDirectory(dirname(store.file));
}

/** After a large transaction the WAL file shrinks back to this. */
const walBytesKept = 16 * 1024 * 1024;

/** SQLite would only say that it could not open the file; the system says why. Makes the file where it is missing. */
function demandWritable(file: string): void {
  try {
    closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600));
  } catch (error) {
    throw fail('PYLON_DATABASE_UNUSABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}

/** SQLite's files are synced by SQLite, the names of new ones are not. */
function syncDirectory(directory: string): void {
  const fd = openSync(directory, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
