/**
 * Sends signed events at a steady rate, whatever becomes of them, and counts each one's time from when it was due:
 * `node steady-sender.js URL PER_SECOND SECONDS`. Prints JSON.
 */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { event, signature, signatureHeader } from './event.ts';
import { statusOf } from './poll.ts';
import { percentile } from './statistics.ts';

const [url = '', rate = '', seconds = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const times: number[] = [];
const statuses: Record<string, number> = {};

async function sendOne(due: number): Promise<void> {
  const headers = { [signatureHeader]: signature, 'x-github-delivery': randomUUID() };
  const status = await statusOf(agent, url, { headers, body: event });
  times.push(performance.now() - due);
  statuses[status] = (statuses[status] ?? 0) + 1;
}

// The connections, and the code on both sides, are not what is measured.
await Promise.all(Array.from({ length: 16 }, () => sendOne(performance.now())));
times.length = 0;
delete statuses[202];

const began = performance.now();
const sent: Promise<void>[] = [];
const count = Number(rate) * Number(seconds);
for (let number = 0; number < count; number += 1) {
  const due = began + (number * 1000) / Number(rate);
  const early = due - performance.now();
  if (early > 0) await pause(early);
  sent.push(sendOne(due));
}
await Promise.all(sent);
agent.destroy();
const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
process.stdout.write(`${JSON.stringify({ sent: count, statuses, p50, p99, most: Math.max(...times) })}\n`);
