/**
 * Measures Pylon: `npm run bench`, or `npm run bench -- --only NAME` for one figure, which is only printed.
 * `--rounds N` (5), `--minutes N` (60) for the soak.
 */
import { parseArgs } from 'node:util';

import type { Figure, Row } from './figure.ts';
import { accept } from './figures/accept.ts';
import { burst } from './figures/burst.ts';
import { containerStart } from './figures/container-start.ts';
import { isolation } from './figures/isolation.ts';
import { memory } from './figures/memory.ts';
import { reload } from './figures/reload.ts';
import { soak } from './figures/soak.ts';
import { start } from './figures/start.ts';
import { workerCrash } from './figures/worker-crash.ts';
import { prepareMachine } from './prepare-machine.ts';
import { table } from './table.ts';
import { writePage } from './page.ts';

const figures: readonly Figure[] = [accept, containerStart, burst, reload, workerCrash, isolation, start, memory, soak];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '60' },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const options = { rounds: Number(values.rounds), minutes: Number(values.minutes), say };
const chosen = choose(values.only);
const leave = prepareMachine(say);
try {
  const measured: { readonly figure: Figure; readonly rows: readonly Row[] }[] = [];
  for (const figure of chosen) {
    say(`measuring ${figure.name}`);
    const rows = await figure.measure(options);
    measured.push({ figure, rows });
    process.stdout.write(`${table(rows)}\n`);
  }
  if (values.only === undefined) writePage(measured, options.rounds);
} finally {
  leave();
}

function choose(names: readonly string[] | undefined): readonly Figure[] {
  if (names === undefined) return figures.filter(({ onRequest }) => onRequest !== true);
  return names.map((name) => {
    const figure = figures.find((each) => each.name === name);
    if (figure === undefined) {
      throw new Error(`There is no figure ${name}. There are: ${figures.map((each) => each.name).join(', ')}`);
    }
    return figure;
  });
}
