/** What is still there of a run after its daemon has stopped, and should not be. */
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import type { DatabaseCopy } from './evidence.ts';
import { idsOfHome } from './engine-api.ts';
import type { Stage } from './stage.ts';

/** @param databases as they were read after the stop */
export async function findLeftovers(stage: Stage, databases: readonly DatabaseCopy[]): Promise<readonly string[]> {
  return [
    ...(await containers(stage)),
    ...processes(stage),
    ...files(stage),
    ...jobDirectories(stage, databases),
    ...sockets(stage),
  ];
}

async function containers(stage: Stage): Promise<readonly string[]> {
  const [left, networks] = await Promise.all([
    idsOfHome('containers', stage.homeId()),
    idsOfHome('networks', stage.homeId()),
  ]);
  return [
    ...left.map((id) => `the container ${id.slice(0, 12)}`),
    // All runs have `network: none`, so none was ever needed.
    ...networks.map((id) => `the network ${id.slice(0, 12)}`),
  ];
}

/** The daemon and its children name the home in their arguments or work below it. */
function processes({ base }: Stage): readonly string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  const own = String(process.pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== own)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        // The stage's own servers serve what lies beside the home.
        return command.includes(path.join(base, 'home')) ? [`the process ${pid}: ${command}`] : [];
      } catch {
        return [];
      }
    });
}

const unwanted = /\.lock$|-wal$|-shm$|-journal$|\.new$|\.tmp$/;

function files({ home }: Stage): readonly string[] {
  return (
    readdirSync(home, { recursive: true })
      .map(String)
      .filter((name) => unwanted.test(name) && !name.startsWith('aside-'))
      // Kept, and held only while a daemon runs.
      .filter((name) => name !== path.join('run', 'daemon.lock'))
      .map((name) => `the file ${name}`)
  );
}

function jobDirectories({ home }: Stage, databases: readonly DatabaseCopy[]): readonly string[] {
  return databases
    .filter(({ inPlace }) => inPlace)
    .flatMap(({ pylon, jobs }) => {
      const directory = path.join(home, 'pylons', pylon, 'jobs');
      if (!existsSync(directory)) return [];
      const known = new Set(jobs.map(({ id }) => id));
      return readdirSync(directory)
        .filter((name) => !known.has(name))
        .map((name) => `the directory pylons/${pylon}/jobs/${name}, which is no job's`);
    });
}

function sockets({ home }: Stage): readonly string[] {
  const run = path.join(home, 'run');
  return readdirSync(run)
    .filter((name) => lstatSync(path.join(run, name)).isSocket())
    .map((name) => `the socket run/${name}`);
}
