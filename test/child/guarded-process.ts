/** Process entry for the tests: has a thread with a guarded group in it, prints its pids, and waits to be killed. */
import { Worker } from 'node:worker_threads';

import type { Death } from './guarded-thread.ts';

const worker = new Worker(new URL('./guarded-thread.js', import.meta.url), {
  workerData: { how: 'wait' } satisfies Death,
});
worker.once('message', (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`));
