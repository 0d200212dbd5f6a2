/**
 * Locks that the operating system keeps for us: they go with the process that holds them, however it ends.
 * Leaf: imports nothing of ours but another leaf. Errors of opening a file (no such directory, no permission) are Node's own.
 *
 * They belong to the open file, not to the process, so that other code of this process (SQLite in another thread) may
 * open and close the same file without dropping them, and a second lock of the same process is refused like a stranger's.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

import { tryLock } from 'fs-native-extensions';

import { fileAt, fileIdOf, isSameFile } from './file-id.ts';
import type { FileId } from './file-id.ts';

export interface OsLock {
  /** Twice is fine. */
  release(): void;
}

export interface DatabaseLock extends OsLock {
  /** What is locked. */
  readonly file: FileId;
  /** Whether the path still leads to the file that is locked: it was not removed, nor replaced by another. */
  isInPlace(): boolean;
}

/**
 * Takes the bytes that SQLite itself locks in a database file, so that every other SQLite answers "database is locked"
 * for reads and writes. The file is made (mode 0600, empty: a valid new database) where it is missing.
 * Undefined when another holder, or any other SQLite that is at work in the file, has them.
 */
export function lockDatabase(file: string): DatabaseLock | undefined {
  // SQLite's "pending" byte, its "reserved" byte and the 510 of its shared range. macOS locks whole files only.
  const range = process.platform === 'darwin' ? wholeFile : { offset: 0x4000_0000, length: 512 };
  const fd = openLockable(file);
  if (!tryRange(fd, range)) return giveUp(fd);
  const locked = fileIdOf(fstatSync(fd));
  return {
    file: locked,
    isInPlace: () => isSameFile(fileAt(file), locked),
    release: once(() => closeSync(fd)),
  };
}

/**
 * Takes `file` (made where it is missing, mode 0600) for this process and writes the process id into it; see `lockHolder`.
 * Undefined when another holds it. What a killed holder wrote does not matter: its lock went with it.
 */
export function lockFile(file: string): OsLock | undefined {
  const fd = openLockable(file);
  if (!tryPatiently(fd)) return giveUp(fd);
  const text = `${process.pid}\n`;
  // Written before it is cut, so that a reader never sees it empty.
  writeSync(fd, text, 0);
  ftruncateSync(fd, text.length);
  return {
    release: once(() => {
      ftruncateSync(fd, 0);
      closeSync(fd);
    }),
  };
}

/** The process that holds `lockFile(file)`, or undefined where none does. */
export function lockHolder(file: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (tryLock(fd, wholeFile.offset, wholeFile.length, { shared: true })) return undefined;
      const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
      if (pid > 0) return pid;
      // Locked this very moment, its id not yet written.
      pause();
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

const wholeFile = { offset: 0, length: 0 };
const attempts = 3;
const pauseMs = 5;

function openLockable(file: string): number {
  return openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
}

function tryRange(fd: number, range: { offset: number; length: number }): boolean {
  return tryLock(fd, range.offset, range.length);
}

/** `lockHolder` of some other process excludes us for the moment of its look. */
function tryPatiently(fd: number): boolean {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) pause();
    if (tryRange(fd, wholeFile)) return true;
  }
  return false;
}

function giveUp(fd: number): undefined {
  closeSync(fd);
  return undefined;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
}

function once(release: () => void): () => void {
  let released = false;
  return () => {
    if (released) return;
    released = true;
    release();
  };
}
