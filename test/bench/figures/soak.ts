/** Whether anything grows while the daemon serves for long. */
import { readdirSync } from 'node:fs';

import { startDaemon } from '../../support/daemon.ts';
import type { Figure } from '../figure.ts';
import { addPylon, pylonNames, withBenchHome } from '../homes.ts';
import { processMemory } from '../process-memory.ts';
import { demandAccepted, steadyLoad } from '../steady-load.ts';

const pylons = 10;
const perSecond = 50;

export const soak: Figure = {
  name: 'soak',
  onRequest: true,
  how:
    `${perSecond} events a second for ${pylons} pylons, each run by a process that ends at once. Memory, descriptors and p99 in the last tenth of ` +
    'the minutes beside the second tenth, as the first warms up.',
  measure: ({ minutes, say }) =>
    withBenchHome(
      { engine: 'process', docker: 'max_concurrent: 8, on_full: queue, max_queued: 1000000' },
      async (home) => {
        const names = pylonNames(pylons);
        for (const name of names) addPylon(home, name, "  command: ['true']\n");
        const daemon = await startDaemon(home.home);
        const samples: { memory: number; descriptors: number; p99: number }[] = [];
        try {
          for (let minute = 0; minute < minutes; minute += 1) {
            const loads = await Promise.all(
              names.map((name) => steadyLoad(`${daemon.url}/${name}`, perSecond / pylons, 58)),
            );
            loads.forEach(demandAccepted);
            const descriptors = readdirSync(`/proc/${daemon.pid}/fd`).length;
            const p99 = Math.max(...loads.map((each) => each.p99));
            samples.push({ memory: processMemory(daemon.pid), descriptors, p99 });
            say(`minute ${minute}: ${JSON.stringify(samples.at(-1))}`);
          }
        } finally {
          await daemon.end();
        }
        const tenth = Math.max(1, Math.floor(samples.length / 10));
        const row = (
          what: string,
          unit: 'MB' | 'descriptors' | 'ms',
          of: keyof (typeof samples)[number],
          atMost: number,
        ) => ({
          what,
          unit,
          values: samples.slice(-tenth).map((sample) => sample[of]),
          beside: { what: 'early on', values: samples.slice(tenth, 2 * tenth).map((sample) => sample[of]) },
          aim: { kind: 'ratio' as const, atMost },
        });
        return [
          row('memory', 'MB', 'memory', 1.1),
          row('descriptors', 'descriptors', 'descriptors', 1.05),
          row('p99', 'ms', 'p99', 1.5),
        ];
      },
    ),
};
