/** How soon a saved file is in force. */
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startDaemon } from '../../support/daemon.ts';
import type { Figure } from '../figure.ts';
import { addPylon, pylonYaml, sleeper, withBenchHome } from '../homes.ts';
import { untilStatus } from '../poll.ts';

const saves = 8;

export const reload: Figure = {
  name: 'reload',
  how:
    `A pylon.yaml with another path is saved, ${saves} times a round, now written in place, now renamed over (as editors do); until ` +
    'the new path no longer answers 404.',
  measure: ({ rounds, say }) =>
    withBenchHome({ engine: 'process', docker: 'max_concurrent: 1' }, async (home) => {
      addPylon(home, 'changing', sleeper, '/path-0');
      const daemon = await startDaemon(home.home);
      const directory = path.join(home.home, 'pylons', 'changing');
      const values: number[] = [];
      try {
        for (let save = 1; save <= rounds * saves; save += 1) {
          const began = performance.now();
          const written = path.join(directory, save % 2 === 0 ? 'pylon.yaml' : 'pylon.yaml.new');
          writeFileSync(written, pylonYaml('changing', sleeper, `/path-${save}`));
          if (save % 2 === 1) renameSync(written, path.join(directory, 'pylon.yaml'));
          // Without a signature: 401 where the path is served.
          values.push((await untilStatus(`${daemon.url}/path-${save}`, 401)) - began);
          await pause(200 + ((save * 137) % 700));
        }
        say(`saves: ${values.map(Math.round).join(' ')}`);
        return [
          {
            what: 'save of a pylon.yaml → new behaviour',
            unit: 'ms',
            values,
            aim: { kind: 'median', atMost: 150, worst: 1_000 },
          },
        ];
      } finally {
        await daemon.end();
      }
    }),
};
