/** The last look at what a container mounts from the host, right before it is made and again before it starts. */
import { realpathSync } from 'node:fs';
import { join, relative } from 'node:path';

import { fail, reasonOf } from '../../src/errors.ts';
import type { RunSpec } from './engine.ts';
import { checkHostPath } from './host-path.ts';

/**
 * `run` with every mounted path resolved. What lies in the Pylon home must be where it says, without links on the way;
 * everything else must still be what was checked when the settings were read. Throws PYLON_HOST_PATH.
 */
export function pinMounts(run: RunSpec, pylonHome: string): RunSpec {
  const pin = (path: string, what: string): string => pinPath(path, what, pylonHome);
  return {
    ...run,
    workspace: pin(run.workspace, 'workspace'),
    home: pin(run.home, 'the agent’s home'),
    promptFile: run.promptFile === undefined ? undefined : pin(run.promptFile, 'the prompt'),
    // Git's pointer to them holds the path as given, so that stays the target.
    borrowed: [],
    volumes: [
      ...run.borrowed.map((path) => ({ source: pin(path, 'the borrowed git objects'), target: path, readOnly: true })),
      ...run.volumes.map((volume) => ({ ...volume, source: mustBeItself(volume.source, 'agent.volumes', pylonHome) })),
    ],
  };
}

/** Throws PYLON_HOST_PATH where a path that a container was made with leads elsewhere by now. */
export function mustBeItself(path: string, what: string, pylonHome: string): string {
  const resolved = pinPath(path, what, pylonHome);
  if (resolved === path) return path;
  throw fail('PYLON_HOST_PATH', { what, path, reason: `it has become a link to ${resolved} since it was checked` });
}

function pinPath(path: string, what: string, pylonHome: string): string {
  const way = relative(pylonHome, path);
  const inHome = !way.startsWith('..') && !way.startsWith('/') && way !== '';
  const realHome = realpath(pylonHome, what);
  const inRealHome = path.startsWith(`${realHome}/`);
  if (!inHome && !inRealHome) return checkHostPath(path, { home: pylonHome, what });
  const expected = inRealHome ? path : join(realHome, way);
  const resolved = realpath(path, what);
  if (resolved === expected) return resolved;
  throw fail('PYLON_HOST_PATH', { what, path, reason: `a link on the way leads to ${resolved}` });
}

function realpath(path: string, what: string): string {
  try {
    return realpathSync.native(path);
  } catch (thrown) {
    throw fail('PYLON_HOST_PATH', { what, path, reason: `it cannot be read (${reasonOf(thrown)})` }, { cause: thrown });
  }
}
