import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { systemClock } from '../../src/clock.ts';
import { PylonError } from '../../src/errors.ts';
import { publicListener } from '../../src/http/listener.ts';
import { makeLog } from '../../src/log.ts';
import { gate, rawConnection, serve } from './serve.ts';

const options = {
  host: '127.0.0.1',
  port: 0,
  settingsFile: '/srv/home/config.yaml',
  maxBodyBytes: 1_000,
  route: () => ({ name: 'a' }),
  deliver: () => Promise.resolve({ status: 202, body: {} }),
  clock: systemClock,
  log: makeLog(() => undefined),
};

test('start twice, stop twice and stop without start are all fine', async () => {
  await publicListener(options).stop(1_000);
  const listener = publicListener(options);
  assert.deepEqual(await listener.start(), await listener.start());
  await Promise.all([listener.stop(1_000), listener.stop(1_000)]);
  await listener.stop(1_000);

  const early = publicListener(options);
  const started = early.start();
  await early.stop(1_000);
  const { port } = await started;
  const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNREFUSED');
});

test('a port in use is said with the address, the reason and the file that sets it', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const listener = publicListener({ ...options, port });
  await assert.rejects(listener.start(), (error) => {
    assert.ok(error instanceof PylonError);
    assert.equal(error.code, 'PYLON_PORT_IN_USE');
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}: another program .*/srv/home/config\\.yaml`));
    return true;
  });
  await listener.stop(1_000);
});

test('an address that this machine does not have is said', async () => {
  const listener = publicListener({ ...options, host: '192.0.2.1' });
  await assert.rejects(listener.start(), /192\.0\.2\.1:0: this machine does not have that address/);
});

test('host :: is reached over IPv6 and IPv4', async (t) => {
  const { port } = await serve(t, { host: '::' });
  for (const host of ['[::1]', '127.0.0.1']) {
    assert.equal((await fetch(`http://${host}:${port}/healthz`)).status, 200);
  }
});

test('stop answers what is in flight, closes idle and silent connections at once, and refuses new ones', async (t) => {
  const held = gate();
  const begun = gate();
  const { listener, port } = await serve(t, {
    deliver: async () => {
      begun.open();
      await held.opened;
      return { status: 202, body: {} };
    },
  });
  const idle = rawConnection(t, port, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  await idle.until(/"ok"/);
  const silent = rawConnection(t, port);
  await once(silent.socket, 'connect');
  const busy = rawConnection(t, port, 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
  await begun.opened;

  const stopped = listener.stop(60_000);
  await Promise.all([idle.closed(), silent.closed()]);
  const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNREFUSED');
  assert.equal(busy.text(), '');

  held.open();
  assert.match(await busy.closed(), /^HTTP\/1\.1 202 .*connection: close/is);
  await stopped;
});

test('a request that was already on its way on a kept-alive connection when stop began is answered', async (t) => {
  const { listener, port } = await serve(t);
  const raw = rawConnection(t, port, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  await raw.until(/"ok"/);
  raw.socket.write('POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
  // On the wire now (loopback), but not yet read by the server, which lives in this same thread.
  await listener.stop(60_000);
  assert.match(await raw.closed(), /HTTP\/1\.1 202 /);
});

test('stop cuts off, after its grace, who still sends and who still waits', async (t) => {
  const { listener, port } = await serve(t, { deliver: () => new Promise(() => undefined) });
  const sending = rawConnection(
    t,
    port,
    'POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 10\r\n\r\n',
  );
  await sending.until(/100 Continue/);
  const waiting = rawConnection(
    t,
    port,
    'POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n',
  );
  await waiting.until(/100 Continue/);
  waiting.socket.write('{}');
  await listener.stop(50);
  await Promise.all([sending.closed(), waiting.closed()]);
});
