/** Program: watches the home that is its argument, edits one pylon, and prints what was logged and told of it. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../../src/clock.ts';
import { makeLog } from '../../src/log.ts';
import { watchPylons } from '../../src/supervisor/config-watch.ts';

const home = process.argv[2] ?? '';
const watch = watchPylons({
  pylonsDirectory: join(home, 'pylons'),
  configFile: join(home, 'config.yaml'),
  onPylonsChanged: (names) => {
    console.log(`told ${[...names].join(' ')}`);
    void watch.stop();
  },
  onConfigChanged: () => undefined,
  clock: systemClock,
  log: makeLog((line) => console.log(`${line.level} ${line.message}`)),
});
await watch.start();
await appendFile(join(home, 'pylons', 'a', 'pylon.yaml'), '# more\n');
