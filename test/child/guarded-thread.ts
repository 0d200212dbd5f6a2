/** Thread entry for the tests: starts a guarded group, tells its pids, then dies in the way it was asked to. */
import { parentPort, workerData } from 'node:worker_threads';

import { startInGroup } from '../../workers/child/start-in-group.ts';

export interface Death {
  readonly how: 'wait' | 'exit' | 'throw' | 'heap' | 'block';
}

const { how } = workerData as Death;

const child = await startInGroup({
  argv: ['sh', '-c', 'trap "" TERM HUP; sleep 1000 & echo $$ $!; wait'],
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '' },
  group: { started: () => undefined, ended: () => undefined },
});

child.stdout.once('data', (chunk: Buffer) => {
  parentPort?.postMessage({ leader: child.pid, pids: chunk.toString().trim().split(' ').map(Number) });
  setTimeout(die, 50);
});

function die(): void {
  if (how === 'exit') process.exit(3);
  if (how === 'throw') throw new Error('on purpose');
  if (how === 'heap') {
    const hoard: string[][] = [];
    for (;;) hoard.push(Array.from({ length: 100_000 }, () => 'x'));
  }
  if (how === 'block') for (;;);
}
