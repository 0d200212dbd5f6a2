/** How long a pylon is away when its worker dies, and whether its neighbours notice. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { CrashPlan } from '../../support/crashing-pylon.ts';
import { startDaemon } from '../../support/daemon.ts';
import type { Daemon } from '../../support/daemon.ts';
import type { TestHome } from '../../support/home.ts';
import { event, signature, signatureHeader } from '../event.ts';
import type { Figure } from '../figure.ts';
import { addPylon, sleeper, withBenchHome } from '../homes.ts';
import { untilStatus } from '../poll.ts';
import { inTurn } from '../rounds.ts';
import { steadyLoad } from '../steady-load.ts';

/** Each victim dies once: one that dies again and again is kept waiting. */
const victims = 4;
const load = { perSecond: 100, seconds: 3 };

export const workerCrash: Figure = {
  name: 'worker-crash',
  how:
    `A worker calls \`process.exit\` while it stores an event; from sending that event to the next one's 202. ${victims} workers die in each round, ` +
    `while a sibling gets ${load.perSecond} events a second. Beside it: \`kill -9\` of the whole daemon and a new start, until its first 202.`,
  measure: ({ rounds, say }) =>
    withBenchHome(
      { engine: 'process', docker: 'max_concurrent: 1, on_full: queue, max_queued: 1000000' },
      async (home) => {
        const away: number[] = [];
        const restarts: number[] = [];
        addPylon(home, 'sibling', sleeper);
        const found = await inTurn(rounds, say, {
          quiet: () => withDaemon(home, (daemon) => sendToSibling(daemon)),
          crashes: () =>
            withDaemon(home, async (daemon) => {
              const [sibling] = await Promise.all([sendToSibling(daemon), crashAll(home, daemon, away)]);
              return sibling;
            }),
          restart: () => withDaemon(home, (daemon) => restartAll(home, daemon, restarts)),
        });
        return [
          {
            what: 'worker crash → next event accepted',
            unit: 'ms',
            values: away,
            beside: { what: 'whole daemon', values: restarts },
            aim: { kind: 'median', atMost: 100 },
          },
          {
            what: 'p99 of a sibling meanwhile',
            unit: 'ms',
            values: (found['crashes'] ?? []).map(({ p99 }) => p99),
            beside: { what: 'undisturbed', values: (found['quiet'] ?? []).map(({ p99 }) => p99) },
            aim: { kind: 'ratio', atMost: 2 },
          },
        ];
      },
    ),
};

async function withDaemon<Result>(home: TestHome, work: (daemon: Daemon) => Promise<Result>): Promise<Result> {
  for (let victim = 1; victim <= victims; victim += 1) addPylon(home, `victim-${victim}`, sleeper);
  const daemon = await startDaemon(home.home, { crashing: true });
  try {
    await untilAccepted(`${daemon.url}/sibling`);
    return await work(daemon);
  } finally {
    await daemon.end();
  }
}

const sendToSibling = (daemon: Daemon): ReturnType<typeof steadyLoad> =>
  steadyLoad(`${daemon.url}/sibling`, load.perSecond, load.seconds);

async function crashAll(home: TestHome, daemon: Daemon, away: number[]): Promise<void> {
  for (let victim = 1; victim <= victims; victim += 1) {
    await pause((load.seconds * 800) / victims);
    const name = `victim-${victim}`;
    const crash: CrashPlan = { step: 'store', how: 'exit', times: 1 };
    writeFileSync(path.join(home.home, 'pylons', name, 'crash.json'), JSON.stringify(crash));
    const began = performance.now();
    const last = daemon.send(`/${name}`);
    away.push((await untilAccepted(`${daemon.url}/${name}`)) - began);
    await last;
  }
}

async function restartAll(home: TestHome, daemon: Daemon, restarts: number[]): ReturnType<typeof steadyLoad> {
  const began = performance.now();
  await daemon.end('SIGKILL');
  const next = await startDaemon(home.home, { crashing: true });
  restarts.push((await untilAccepted(`${next.url}/sibling`)) - began);
  await next.end();
  return { sent: 0, statuses: {}, p50: 0, p99: 0, most: 0 };
}

/** When an event was accepted at last; it is sent anew as often as it is refused. */
function untilAccepted(url: string): Promise<number> {
  return untilStatus(url, 202, { headers: { [signatureHeader]: signature }, body: event });
}
