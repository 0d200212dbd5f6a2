import fs from 'node:fs';

/**
 * Runs `readFirst` (the first read of a database after opening it, synchronous) in such a way that SQLite rolls back the
 * journal of a writer that died. THE CALLER'S PROCESS MUST HOLD `lockDatabase(file)`.
 *
 * SQLite takes a journal for live while somebody has the "reserved" lock. node-sqlite3-wasm answers that question by
 * looking whether `<file>.lock` exists, which it always does: this very connection has just made it. So it overlooks
 * every abandoned journal and reads a half-written file. The operating system's lock tells that nobody is writing, hence
 * the truth is told in its place here, for this one file and only during this call.
 */
export function withHotJournalSeen<T>(file: string, readFirst: () => T): T {
  if (!fs.existsSync(`${file}-journal`)) return readFirst();
  const { accessSync } = fs;
  const lock = `${file}.lock`;
  fs.accessSync = (path, mode) => {
    if (path === lock) throw Object.assign(new Error(`${lock} is our own`), { code: 'ENOENT' });
    accessSync(path, mode);
  };
  try {
    return readFirst();
  } finally {
    fs.accessSync = accessSync;
  }
}
