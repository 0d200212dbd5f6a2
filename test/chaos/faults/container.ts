import { setTimeout as pause } from 'node:timers/promises';

import { askEngine } from '../engine-api.ts';
import type { ActionOf, FaultContext, Hit } from './fault.ts';

const withinMs = 5_000;

/** Somebody else kills or removes a running container. */
export async function hitContainer(context: FaultContext, { how }: ActionOf<'container'>): Promise<Hit> {
  const { observer, random } = context;
  const deadline = Date.now() + withinMs;
  let running = observer.running();
  while (running.length === 0 && Date.now() < deadline) {
    await pause(50);
    running = observer.running();
  }
  const victim = running[random.between(0, running.length - 1)];
  if (victim === undefined) return { missed: true };
  const answer =
    how === 'kill'
      ? await askEngine('POST', `/containers/${victim.container}/kill`)
      : await askEngine('DELETE', `/containers/${victim.container}?force=1&v=1`);
  answer.resume();
  return { jobId: victim.jobId, missed: (answer.statusCode ?? 500) >= 400 };
}
