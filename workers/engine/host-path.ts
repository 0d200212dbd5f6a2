/** Which directories of the host an agent may be given: everything but the places that would hand it the machine. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, sep } from 'node:path';

import { fail, reasonOf } from '../../src/errors.ts';

export interface HostPathOptions {
  /** The Pylon home. */
  readonly home: string;
  /** What the path is, for the error: `agent.volumes[0]`, `workspace.path`. */
  readonly what: string;
}

/**
 * The resolved form (all links followed) of an absolute `path` that an agent may be given.
 *
 * Throws PYLON_HOST_PATH where it does not exist or is, lies inside or contains a place that no agent may have.
 * Look again right before mounting, and mount what this returns: an agent may have swapped a directory for a link.
 */
export function checkHostPath(path: string, options: HostPathOptions): string {
  const resolved = resolve(path, options.what);
  const reason = refusal(resolved, options.home);
  if (reason === undefined) return resolved;
  const shown = resolved === path ? path : `${path} (which is ${resolved})`;
  throw fail('PYLON_HOST_PATH', { what: options.what, path: shown, reason });
}

function resolve(path: string, what: string): string {
  try {
    return realpathSync.native(path);
  } catch (thrown) {
    const missing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    const reason = missing ? 'it does not exist' : `it cannot be read (${reasonOf(thrown)})`;
    throw fail('PYLON_HOST_PATH', { what, path, reason }, { cause: thrown });
  }
}

/** Why `resolved` is refused, or undefined where it is fine. */
function refusal(resolved: string, pylonHome: string): string | undefined {
  if (resolved === '/' || sameFile(resolved, '/')) return 'that is the whole machine';
  for (const home of homeDirectories()) {
    if (resolved === home || sameFile(resolved, home))
      return 'it is a home directory as a whole; name a directory inside it';
    if (isInside(home, resolved)) return `it contains the home directory ${home}`;
  }
  for (const place of closedPlaces(pylonHome)) {
    const reason = relationTo(resolved, place);
    if (reason !== undefined) return reason;
  }
  return socketIn(resolved);
}

interface Place {
  readonly path: string;
  readonly name: string;
}

function relationTo(resolved: string, place: Place): string | undefined {
  for (const path of spellings(place.path)) {
    if (resolved === path) return `it is ${place.name}`;
    if (isInside(resolved, path)) return `it lies inside ${place.name} (${path})`;
    if (isInside(path, resolved)) return `it contains ${place.name} (${path})`;
  }
  // A bind mount gives a directory a second name, which only its identity tells.
  const closed = identity(place.path);
  if (closed !== undefined && ancestors(resolved).some((ancestor) => identity(ancestor) === closed)) {
    return `it is, or lies inside, ${place.name} under another name`;
  }
  return undefined;
}

function closedPlaces(pylonHome: string): Place[] {
  const engineState = [
    '/run/docker.sock',
    '/run/docker',
    '/run/containerd',
    '/run/podman',
    '/run/crio',
    '/run/buildkit',
    '/var/lib/docker',
    '/var/lib/containerd',
    '/var/lib/containers',
    join(homedir(), '.local/share/docker'),
    join(homedir(), '.local/share/containers'),
    join(homedir(), '.docker/run'),
    ...configuredSocket(),
  ];
  return [
    ...['/etc', '/proc', '/sys', '/dev', '/boot'].map((path) => ({ path, name: path })),
    ...engineState.map((path) => ({ path, name: 'the container engine’s socket or state' })),
    { path: pylonHome, name: 'the Pylon home' },
  ];
}

function configuredSocket(): string[] {
  const host = process.env['DOCKER_HOST'] ?? '';
  return host.startsWith('unix:///') ? [host.slice('unix://'.length)] : [];
}

const engineSockets = [
  'docker.sock',
  'podman.sock',
  'podman/podman.sock',
  'containerd.sock',
  'crio.sock',
  'buildkitd.sock',
];

/** Rootless engines put their sockets where only their name tells what they are. */
function socketIn(resolved: string): string | undefined {
  if (engineSockets.some((name) => resolved.endsWith(`/${name}`))) return 'it is a container engine’s socket';
  const found = engineSockets.find((name) => identity(join(resolved, name)) !== undefined);
  return found === undefined ? undefined : `it contains a container engine’s socket (${found})`;
}

/** People's homes: of this process, of accounts that can log in, and whatever lies where homes lie. */
function homeDirectories(): string[] {
  const found = new Set<string>(['/root', '/home', '/Users']);
  for (const home of [homedir(), ...passwdHomes(), ...childrenOf('/home'), ...childrenOf('/Users')]) {
    for (const path of spellings(home)) found.add(path);
  }
  found.delete('/');
  return [...found];
}

function passwdHomes(): string[] {
  let text = '';
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [, , uid, , , home, shell] = line.split(':');
    if (home === undefined || !home.startsWith('/')) return [];
    const person = uid === '0' || Number(uid) >= 1000;
    // Service accounts that nobody logs in to have homes such as /bin or /var/www, which are not homes.
    const logsIn = shell !== undefined && !/(?:nologin|false|sync|halt|shutdown)$/.test(shell);
    return person || logsIn ? [home] : [];
  });
}

function childrenOf(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch {
    return [];
  }
}

/** A path as written and with its links followed. */
function spellings(path: string): string[] {
  const plain = path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path;
  try {
    return [...new Set([plain, realpathSync.native(plain)])];
  } catch {
    return [plain];
  }
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** `path` and every directory above it, the root left out. */
function ancestors(path: string): string[] {
  const all: string[] = [];
  for (let at = path; at !== '/' && at !== '.'; at = dirname(at)) all.push(at);
  return all;
}

function sameFile(a: string, b: string): boolean {
  const one = identity(a);
  return one !== undefined && one === identity(b);
}

/** Device and inode, or undefined for what is not there or may not be looked at. */
function identity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
