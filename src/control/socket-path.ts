/**
 * Where a home's control socket is: `run/control.sock`, or, where the home's path is too long for a socket, a short path
 * elsewhere to which `run/control.sock` is a symbolic link. The link makes server and clients agree although their
 * environments differ (a daemon under systemd has other variables than a shell).
 */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where the server is to listen. */
export function controlSocketPath(home: string, environment: NodeJS.ProcessEnv = process.env): string {
  const usual = usualSocketPath(home);
  if (fits(usual)) return usual;
  const name = `pylon-${createHash('sha256').update(resolve(home)).digest('hex').slice(0, 16)}.sock`;
  const runtime = environment['XDG_RUNTIME_DIR'];
  if (runtime?.startsWith('/') === true && fits(join(runtime, name))) return join(runtime, name);
  const uid = process.getuid?.() ?? 0;
  const temporary = join(tmpdir(), `pylon-${uid}`, name);
  return fits(temporary) ? temporary : join('/tmp', `pylon-${uid}`, name);
}

/** Where a client finds the server: follows the link of a home with a long path. */
export function findControlSocket(home: string): string {
  const usual = usualSocketPath(home);
  if (fits(usual)) return usual;
  try {
    return readlinkSync(usual);
  } catch {
    // No daemon has ever left a link: the place where one would listen is as good as any to find nobody at.
    return controlSocketPath(home);
  }
}

/** `run/control.sock` of the home, whether or not a socket can have so long a path. */
export function usualSocketPath(home: string): string {
  return join(resolve(home), 'run', 'control.sock');
}

/** The kernel takes 107 bytes on Linux and 103 on macOS. */
const longestPath = 100;

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= longestPath;
}
