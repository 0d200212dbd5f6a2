/** Where everything of a home lies, and which home is meant. */
import type { Stats } from 'node:fs';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { fail, reasonOf } from '../errors.ts';

export interface HomePaths {
  readonly home: string;
  /** config.yaml */
  readonly config: string;
  /** .env, for all pylons. */
  readonly env: string;
  readonly pylons: string;
  readonly repos: string;
  readonly run: string;
}

export function homePaths(home: string): HomePaths {
  return {
    home,
    config: join(home, 'config.yaml'),
    env: join(home, '.env'),
    pylons: join(home, 'pylons'),
    repos: join(home, 'repos'),
    run: join(home, 'run'),
  };
}

export interface PylonFilePaths {
  readonly directory: string;
  /** pylon.yaml */
  readonly config: string;
  readonly env: string;
  readonly database: string;
  readonly jobs: string;
}

export function pylonFilePaths(paths: HomePaths, name: string): PylonFilePaths {
  const directory = join(paths.pylons, name);
  return {
    directory,
    config: join(directory, 'pylon.yaml'),
    env: join(directory, '.env'),
    database: join(directory, 'jobs.db'),
    jobs: join(directory, 'jobs'),
  };
}

export interface HomeWish {
  /** --home */
  readonly flag: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Makes the home where there is none; without it a home that is not there yet is named all the same. */
  readonly create?: boolean;
}

/**
 * The absolute path of the home: the flag, else `$PYLON_HOME`, else `~/.pylon`.
 *
 * @throws PYLON_HOME_FOREIGN where it belongs to another user, PYLON_HOME_UNUSABLE where it is no directory
 */
export function findHome({ flag, env, create = false }: HomeWish): string {
  const usual = join(homedir(), '.pylon');
  const named = [flag, env['PYLON_HOME']].find((value) => value !== undefined && value !== '');
  const home = named === undefined ? usual : resolve(named);
  if (create) make(home);
  const found = look(home);
  if (found === undefined) return home;
  if (!found.isDirectory()) throw fail('PYLON_HOME_UNUSABLE', { home, reason: 'it is not a directory' });
  // Not `userInfo()`: in containers the user often has no entry in /etc/passwd.
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid) {
    throw fail('PYLON_HOME_FOREIGN', { home, owner: userName(found.uid), user: userName(uid), own: usual });
  }
  return home;
}

function make(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw fail('PYLON_HOME_UNUSABLE', { home, reason: reasonOf(thrown) }, { cause: thrown });
  }
}

function look(home: string): Stats | undefined {
  try {
    return statSync(home, { throwIfNoEntry: false });
  } catch (thrown) {
    throw fail('PYLON_HOME_UNUSABLE', { home, reason: reasonOf(thrown) }, { cause: thrown });
  }
}

function userName(uid: number): string {
  let accounts = '';
  try {
    accounts = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // Then the number has to do.
  }
  const line = accounts.split('\n').find((account) => account.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? `the user with the id ${uid}`;
}
