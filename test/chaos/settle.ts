/** After the faults: waits until everything has come to rest, and says what has not. */
import { setTimeout as pause } from 'node:timers/promises';

import { isEnded } from '../../src/protocol/job.ts';
import { cast } from './cast.ts';
import type { Load } from './load.ts';
import type { Stage } from './stage.ts';

/** How long nothing may come to rest; a long queue on a slow machine is no finding. */
const patienceMs = 90_000;
const lookEveryMs = 500;
const mostJobs = 10_000;
/** An event that is refused meanwhile is sent again this often. */
const revivalTries = 30;

/** Every pylon takes an event again, all jobs end, all messages are delivered. Returns what did not, in words. */
export async function settle(stage: Stage, load: Load): Promise<readonly string[]> {
  const taken = await Promise.all(cast.map((name) => load.send(name, revivalTries)));
  const deaf = cast.filter((_, index) => taken[index] !== true);
  const deadline = Date.now() + patienceMs;
  let unsettled = ['nothing was looked at'];
  const settled = new Set<string>();
  while (unsettled.length > 0 && Date.now() < deadline) {
    await pause(lookEveryMs);
    unsettled = await lookAt(stage, settled).catch((error: unknown) => [
      `the daemon cannot be asked: ${String(error)}`,
    ]);
  }
  return [...deaf.map((name) => `${name} takes no events any more`), ...unsettled];
}

async function lookAt({ client }: Stage, settled: Set<string>): Promise<string[]> {
  const jobs = await client.jobs({ pylon: null, status: null, limit: mostJobs });
  const unsettled: string[] = [];
  for (const { id, pylon, status } of jobs) {
    if (settled.has(id)) continue;
    if (!isEnded(status)) {
      unsettled.push(`job ${id} of ${pylon} is ${status}`);
      continue;
    }
    const { deliveries } = await client.job(id);
    const waiting = deliveries.filter(({ state }) => state === 'waiting');
    if (waiting.length === 0) settled.add(id);
    for (const { event, next_at, error } of waiting) {
      unsettled.push(`${event} of job ${id} of ${pylon} waits until ${next_at}: ${error}`);
    }
  }
  const { slots } = await client.status();
  if (slots.taken > 0 || slots.waiting > 0) {
    unsettled.push(`slots: ${slots.taken} are taken, ${slots.waiting} jobs wait`);
  }
  return unsettled;
}
