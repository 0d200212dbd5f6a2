/** What one more pylon costs of memory. */
import path from 'node:path';

import { startDaemon, untilJob } from '../../support/daemon.ts';
import type { Daemon } from '../../support/daemon.ts';
import { startChild } from '../child.ts';
import type { Figure } from '../figure.ts';
import { addPylon, container, pylonNames, withBenchHome } from '../homes.ts';
import { processMemory } from '../process-memory.ts';
import { inTurn } from '../rounds.ts';

const pylons = 100;
/** Jobs at once, so that a hundred of them do not take for ever. */
const atOnce = 4;

export const memory: Figure = {
  name: 'memory',
  how:
    `PSS of a daemon with ${pylons} pylons less that of one with a single pylon, divided by ${pylons - 1}: before any job, and after each pylon ` +
    'has run one in a container. Beside it the same of a Node process with threads that do nothing.',
  async measure({ rounds, say }) {
    const {
      many = [],
      one = [],
      threads = [],
      thread = [],
    } = await inTurn(rounds, say, {
      many: () => measureDaemon(pylons),
      one: () => measureDaemon(1),
      threads: () => measureThreads(pylons),
      thread: () => measureThreads(1),
    });
    const each = (kind: 'before' | 'after', all: typeof many, single: typeof one): number[] =>
      all.map((found, round) => (found[kind] - (single[round]?.[kind] ?? NaN)) / (pylons - 1));
    const beside = { what: 'an empty thread', values: each('before', threads, thread) };
    return [
      {
        what: 'a pylon before its first job',
        unit: 'MB',
        values: each('before', many, one),
        beside,
        aim: { kind: 'median', atMost: 14 },
      },
      {
        what: 'a pylon after one job',
        unit: 'MB',
        values: each('after', many, one),
        beside,
        aim: { kind: 'median', atMost: 25 },
      },
    ];
  },
};

interface Memory {
  readonly before: number;
  readonly after: number;
}

function measureDaemon(count: number): Promise<Memory> {
  const docker = `max_concurrent: ${atOnce}, on_full: queue, max_queued: 1000`;
  return withBenchHome({ docker }, async (home) => {
    const names = pylonNames(count);
    for (const name of names) addPylon(home, name, container('true'));
    const daemon = await startDaemon(home.home);
    try {
      const before = processMemory(daemon.pid);
      await runOneEach(daemon, names);
      return { before, after: processMemory(daemon.pid) };
    } finally {
      await daemon.end();
    }
  });
}

async function runOneEach(daemon: Daemon, names: readonly string[]): Promise<void> {
  for (let first = 0; first < names.length; first += atOnce) {
    const ids = await Promise.all(
      names.slice(first, first + atOnce).map(async (name) => (await daemon.send(`/${name}`)).body.job_id ?? ''),
    );
    for (const id of ids) {
      const { status, error } = await untilJob(daemon, id);
      if (status !== 'done') throw new Error(`a job is ${status}: ${error}`);
    }
  }
}

async function measureThreads(count: number): Promise<Memory> {
  const script = path.join(import.meta.dirname, '..', 'threads.js');
  const child = await startChild(process.execPath, [script, `${count}`], /listening on /);
  try {
    const found = processMemory(child.pid);
    return { before: found, after: found };
  } finally {
    await child.end();
  }
}
