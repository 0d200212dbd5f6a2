/** How soon after its start a daemon answers on every route. */
import path from 'node:path';

import { startChild } from '../child.ts';
import type { Figure, Row } from '../figure.ts';
import { addPylon, pylonNames, sleeper, withBenchHome } from '../homes.ts';
import { untilStatus } from '../poll.ts';
import { inTurn } from '../rounds.ts';

/** Compiled, this file lies in <output>/test/bench/figures. */
const output = path.join(import.meta.dirname, '..', '..', '..');
const aims = new Map([
  [1, 0.5],
  [10, 0.8],
  [100, 3],
]);

export const start: Figure = {
  name: 'start',
  how:
    'From starting the process of `pylon start` to every route having answered a request, with databases that are there already. ' +
    'Beside it a Node process with as many threads that do nothing, until its server answers.',
  async measure(options) {
    const rows: Row[] = [];
    for (const count of aims.keys()) rows.push(await measureStart(count, options));
    return rows;
  },
};

function measureStart(count: number, { rounds, say }: Parameters<Figure['measure']>[0]): Promise<Row> {
  return withBenchHome({ engine: 'process', docker: 'max_concurrent: 1' }, async (home) => {
    const names = pylonNames(count);
    for (const name of names) addPylon(home, name, sleeper);
    await startPylons(home.home, names);
    const { pylon = [], threads = [] } = await inTurn(rounds, say, {
      pylon: () => startPylons(home.home, names),
      threads: () => startThreads(count),
    });
    return {
      what: `start → every route answers, ${count} ${count === 1 ? 'pylon' : 'pylons'}`,
      unit: 's',
      values: pylon,
      beside: { what: `${count} empty threads`, values: threads },
      aim: { kind: 'median', atMost: aims.get(count) ?? Infinity },
    };
  });
}

async function startPylons(home: string, names: readonly string[]): Promise<number> {
  const began = performance.now();
  const main = path.join(output, 'src', 'main.js');
  const daemon = await startChild(process.execPath, [main, 'start', '--home', home], /listening on /);
  try {
    const url = `http://127.0.0.1:${/:(\d+)$/.exec(daemon.line.trim())?.[1]}`;
    await Promise.all(names.map((name) => untilStatus(`${url}/${name}`, 401)));
    return (performance.now() - began) / 1000;
  } finally {
    await daemon.end();
  }
}

async function startThreads(count: number): Promise<number> {
  const began = performance.now();
  const script = path.join(output, 'test', 'bench', 'threads.js');
  const threads = await startChild(process.execPath, [script, `${count}`], /listening on /);
  try {
    await untilStatus(`http://127.0.0.1:${/\d+/.exec(threads.line)?.[0]}/`, 200);
    return (performance.now() - began) / 1000;
  } finally {
    await threads.end();
  }
}
