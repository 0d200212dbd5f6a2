/** A receiver that is away, while the daemon is restarted and killed: it gets every message in the end, in order. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { before, describe, test } from 'node:test';

import { startDaemon, until, untilDelivered, untilJob } from '../support/daemon.ts';
import { shellPylon } from '../support/home.ts';
import { withHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

interface Receiver {
  readonly port: number;
  readonly events: { readonly event: string; readonly job_id: string; readonly result: string | null }[];
  /** What it answers from now on. */
  answer: number;
  stop(): Promise<void>;
}

async function startReceiver(port = 0): Promise<Receiver> {
  const events: Receiver['events'] = [];
  const state = { answer: 204 };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (state.answer < 300) events.push(JSON.parse(body) as Receiver['events'][number]);
      response.writeHead(state.answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(state, {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    events,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

describe('a webhook channel', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('gets what it missed once it is back, in order, though the daemon was restarted and killed meanwhile', async () => {
    const first = await startReceiver();
    const { port } = first;
    await first.stop();
    await withHome(async (home) => {
      const channel = `channel: { type: webhook, webhook: { url: "http://127.0.0.1:${port}/hook" } }\n`;
      home.pylon('told', shellPylon('told', 'echo the result', channel));
      const one = await startDaemon(home.home, { crashing: true });
      const ids: string[] = [];
      for (let count = 0; count < 2; count += 1) ids.push((await one.send('/told')).body.job_id ?? '');
      for (const id of ids) assert.equal((await untilJob(one, id)).status, 'done');
      await until('a first try has failed', async () => {
        const { deliveries } = await one.control.job(ids[0] ?? '');
        return deliveries.some(({ attempts, error }) => attempts > 0 && error !== null) ? true : undefined;
      });
      assert.equal(await one.end(), 0);
      const two = await startDaemon(home.home, { crashing: true });
      await two.end('SIGKILL');

      const three = await startDaemon(home.home, { crashing: true });
      const receiver = await startReceiver(port);
      try {
        for (const id of ids) await untilDelivered(three, id);
        for (const id of ids) {
          const told = receiver.events.filter(({ job_id: jobId }) => jobId === id);
          assert.deepEqual(
            told.map(({ event }) => event),
            ['job.started', 'job.ended'],
          );
          assert.equal(told[1]?.result, 'the result');
        }
        // Another 4xx ends that delivery, with the reason in the timeline; the job stays done.
        receiver.answer = 410;
        const refused = (await three.send('/told')).body.job_id ?? '';
        const job = await until('the delivery is given up', async () => {
          const found = await three.control.job(refused);
          return found.deliveries.length === 2 && found.deliveries.every(({ state }) => state === 'given_up')
            ? found
            : undefined;
        });
        assert.equal(job.status, 'done');
        assert.ok(
          job.timeline.some(({ note }) => /410/.test(note ?? '')),
          'the timeline says why',
        );
        assert.equal(await three.end(), 0);
      } finally {
        await receiver.stop();
      }
    });
  });
});
