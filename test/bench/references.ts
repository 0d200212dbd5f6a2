/** What the accept path is measured beside. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { secret } from '../support/home.ts';
import { startChild } from './child.ts';
import { signatureHeader } from './event.ts';

export interface Server {
  readonly url: string;
  readonly path: string;
  close(): Promise<void>;
}

export async function startBareHttp(): Promise<Server> {
  const script = path.join(import.meta.dirname, 'bare-http.js');
  const child = await startChild(process.execPath, [script], /listening on \d+/);
  const port = /\d+/.exec(child.line)?.[0];
  return { url: `http://127.0.0.1:${port}`, path: '/', close: () => child.end() };
}

/** adnanh/webhook: checks the same signature, answers, and runs /bin/true behind the answer. It stores nothing. */
export async function startWebhookProgram(): Promise<Server> {
  const directory = mkdtempSync(path.join(tmpdir(), 'pylon-bench-'));
  const hooks = path.join(directory, 'hooks.json');
  const rule = { type: 'payload-hmac-sha256', secret, parameter: { source: 'header', name: signatureHeader } };
  const hook = { id: 'event', 'execute-command': '/bin/true', 'success-http-response-code': 202 };
  writeFileSync(hooks, JSON.stringify([{ ...hook, 'trigger-rule': { match: rule } }]));
  const port = await freePort();
  const where = ['-ip', '127.0.0.1', '-port', `${port}`];
  // Without -verbose, which would have it log every request, it does not say when it listens.
  const child = await startChild('webhook', ['-hooks', hooks, '-nopanic', ...where]);
  await untilListening(port);
  return {
    url: `http://127.0.0.1:${port}`,
    path: '/hooks/event',
    async close() {
      await child.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const found = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (found) return;
    await pause(10);
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
