/** `agent.volumes`: what a line says, and what it comes to on this machine. */
import { homedir } from 'node:os';
import { join, normalize } from 'node:path';

import { fail } from '../../src/errors.ts';
import type { Volume } from './engine.ts';
import { checkHostPath } from './host-path.ts';

/** A volume as written: `source` is absolute, but neither resolved nor checked. */
export type WrittenVolume = Volume;

/**
 * Every volume of a run, resolved and checked: `source:target[:ro|rw]` each, read-only unless it says `rw`.
 * `what` names the list in errors (`agent.volumes`). Throws PYLON_VOLUME or PYLON_HOST_PATH.
 */
export function resolveVolumes(texts: readonly string[], options: { home: string; what: string }): Volume[] {
  const targets = new Set<string>();
  return texts.map((text, index) => {
    const what = `${options.what}[${index}]`;
    const volume = parseVolume(text, what);
    if (targets.has(volume.target)) {
      throw fail('PYLON_VOLUME', { what, text, reason: `another volume has the target ${volume.target} already` });
    }
    targets.add(volume.target);
    return { ...volume, source: checkHostPath(volume.source, { home: options.home, what }) };
  });
}

/**
 * Reads `source:target[:ro|rw]`. `~` stands for the daemon user's home directory. Looks at nothing on the disk.
 * Throws PYLON_VOLUME.
 */
export function parseVolume(text: string, what = 'agent.volumes'): WrittenVolume {
  const [source = '', target = '', mode = 'ro', ...rest] = text.split(':');
  const reason =
    rest.length > 0 || target === '' || (mode !== 'ro' && mode !== 'rw')
      ? 'it must be source:target, source:target:ro or source:target:rw'
      : (sourceFault(source) ?? targetFault(target));
  if (reason !== undefined) throw fail('PYLON_VOLUME', { what, text, reason });
  return { source: expandHome(source), target: withoutEndSlash(target), readOnly: mode === 'ro' };
}

/** `path` with a leading `~` or `~/` replaced by the home directory of the daemon's user. */
function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function sourceFault(source: string): string | undefined {
  if (source.startsWith('/') || source === '~' || source.startsWith('~/')) return undefined;
  return 'its source must be an absolute path or begin with ~/';
}

/** Places of the container that are Pylon's or the system's, with everything below them. */
const closedTrees = ['/pylon', '/proc', '/sys', '/dev'];
/** Mounted by Pylon itself, or without which nothing runs; a volume may lie inside. */
const closedPoints = ['/workspace', '/home/pylon', '/tmp', '/etc', '/pylon'];

function targetFault(target: string): string | undefined {
  if (!target.startsWith('/')) return 'its target must be an absolute path in the container';
  if (withoutEndSlash(target) !== withoutEndSlash(normalize(target)))
    return 'its target may not hold `..`, `.` or `//`';
  const path = withoutEndSlash(target);
  if (path === '/') return 'its target may not be the container’s root';
  const tree = closedTrees.find((closed) => path === closed || path.startsWith(`${closed}/`));
  if (tree !== undefined) return `its target may not lie in ${tree}`;
  const point = closedPoints.find((closed) => path === closed || closed.startsWith(`${path}/`));
  if (point !== undefined) return `its target may not cover ${point}; a directory inside it may be used`;
  return undefined;
}

function withoutEndSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
