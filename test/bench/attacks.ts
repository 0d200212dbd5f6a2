/** What one pylon has to bear while another is measured. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { CrashPlan } from '../support/crashing-pylon.ts';
import { until, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import type { TestHome } from '../support/home.ts';
import { startChild } from './child.ts';

/** One for each attack: what is left of one must not weaken the next. */
export const attackedPylons = ['garbage', 'deep', 'slow', 'printing', 'hog', 'looping'] as const;

export interface Attacked {
  readonly home: TestHome;
  readonly daemon: Daemon;
}

/** Begins an attack on one of `attackedPylons`, lasting `seconds` at least; returns what ends it and waits for calm. */
export type Attack = (on: Attacked, seconds: number) => Promise<() => Promise<void>>;

export const attacks: Readonly<Record<string, Attack>> = {
  'garbage at full speed': async ({ daemon }, seconds) => {
    // Compiled, this file lies in <output>/test/bench.
    const script = path.join(import.meta.dirname, '..', '..', '..', 'test', 'bench', 'attack.lua');
    const load = ['-t', '1', '-c', '32', '-d', `${seconds + 30}s`, '-s', script];
    const child = await startChild('wrk', [...load, `${daemon.url}/garbage`]);
    return () => child.end();
  },
  '1 MB of deeply nested JSON, signed': (on) => attacker('deep', on),
  '1,000 slow unsigned uploads of 5 MB': (on) => attacker('slow', on),
  'an agent that prints a gigabyte': async ({ daemon }) => {
    const { body } = await daemon.send('/printing');
    const id = body.job_id ?? '';
    await untilJob(daemon, id, 'running', 'done');
    return async () => {
      await daemon.control.kill(id).catch(() => undefined);
      await untilJob(daemon, id);
    };
  },
  'a worker that fills its heap, again and again': async (on) => {
    plan(on, 'hog', { step: 'store', how: 'heap', times: 1_000 });
    const over = new AbortController();
    const again = (async (): Promise<void> => {
      while (!over.signal.aborted) {
        await on.daemon.send('/hog');
        await pause(100);
      }
    })();
    return async () => {
      over.abort();
      plan(on, 'hog', { step: 'store', how: 'heap', times: 0 });
      await again;
    };
  },
  'an endless loop in a worker': async (on) => {
    plan(on, 'looping', { step: 'store', how: 'loop', times: 1 });
    const hanging = on.daemon.send('/looping');
    return async () => {
      // Until its heart was found to have stopped.
      await hanging;
      await until('the pylon serves again', async () =>
        (await on.daemon.send('/looping')).status === 202 ? true : undefined,
      );
    };
  },
};

async function attacker(kind: 'deep' | 'slow', { daemon }: Attacked): Promise<() => Promise<void>> {
  const script = path.join(import.meta.dirname, 'attacker.js');
  const child = await startChild(process.execPath, [script, kind, `${daemon.url}/${kind}`], /attacking/);
  return async () => {
    await child.end('SIGKILL');
    // What it left in flight is let go of.
    await pause(1_000);
  };
}

function plan({ home }: Attacked, pylon: string, crash: CrashPlan): void {
  writeFileSync(path.join(home.home, 'pylons', pylon, 'crash.json'), JSON.stringify(crash));
}
