/** Listens on a Unix socket that only this user can reach, from its first moment on. */
import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { dirname } from 'node:path';

import { fail, reasonOf } from '../errors.ts';
import { controlSocketPath, usualSocketPath } from './socket-path.ts';

/**
 * Listens at the home's control socket; resolves with the path. A socket that a killed daemon left is replaced: the
 * caller holds the home's lock, so nobody can be listening there. Rejects with PYLON_CONTROL_SOCKET.
 */
export async function listenPrivately(server: Server, home: string): Promise<string> {
  const path = controlSocketPath(home);
  try {
    makePrivateDirectory(dirname(path));
    makePrivateDirectory(dirname(usualSocketPath(home)));
    removeStale(path);
    await bind(server, path);
    chmodSync(path, 0o600);
    linkFrom(usualSocketPath(home), path);
  } catch (error) {
    throw fail('PYLON_CONTROL_SOCKET', { path, reason: reasonOf(error) }, { cause: error });
  }
  return path;
}

/** Removes what `listenPrivately` made; the socket itself goes when its server closes. */
export function removeSocketLink(home: string): void {
  const usual = usualSocketPath(home);
  if (usual !== controlSocketPath(home)) removeStale(usual);
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The socket is made inside `listen`, before it returns, with what the umask leaves of 0777. The umask holds for
    // all threads: 077 leaves their new directories usable, which 0177 would not; chmod takes the last bit away.
    const before = process.umask(0o077);
    try {
      server.listen({ path }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

/** Makes sure of a directory that nobody else can write to, or swap for a link of theirs. */
function makePrivateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const found = lstatSync(directory);
  if (!found.isDirectory()) throw new Error(`${directory} is not a directory`);
  if (found.uid !== process.getuid?.()) throw new Error(`${directory} belongs to another user`);
  if ((found.mode & 0o022) !== 0) throw new Error(`${directory} can be written by others; \`chmod 700\` it`);
}

function removeStale(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket() && !found.isSymbolicLink()) throw new Error(`${path} is in the way and is not a socket`);
  rmSync(path);
}

function linkFrom(usual: string, path: string): void {
  if (usual === path) return;
  removeStale(usual);
  symlinkSync(path, usual);
}
