import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { test } from 'node:test';

import { gate, rawConnection, serve } from './serve.ts';

test('bodies in flight are limited for each route until their delivery has ended, and others are not touched', async (t) => {
  const held = gate();
  const four = 4 * 1024 * 1024;
  const { url, delivered } = await serve(t, {
    maxBodyBytes: four,
    deliver: async ({ route }) => {
      if (route === 'a') await held.opened;
      return { status: 202, body: {} };
    },
  });
  const post = (path: string, size: number): Promise<Response> =>
    fetch(`${url}${path}`, { method: 'POST', body: new Uint8Array(size) });
  const first = post('/a', four - 4_096);
  const second = post('/a', four - 4_096);
  while (delivered.length < 2) await new Promise((resolve) => setImmediate(resolve));

  const refused = await post('/a', 100_000);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '5');
  assert.match(await refused.text(), /PYLON_TOO_BUSY/);
  assert.equal((await post('/b', four)).status, 202);

  held.open();
  assert.equal((await first).status, 202);
  assert.equal((await second).status, 202);
  assert.equal((await post('/a', four)).status, 202);
});

test('bodies in flight are limited in all, and one body of the largest size always fits', async (t) => {
  const held = gate();
  const { url, delivered } = await serve(t, {
    maxBodyBytes: 50_000,
    limits: { bodies: 10_000, bodiesPerRoute: 10_000 },
    deliver: async () => {
      await held.opened;
      return { status: 202, body: {} };
    },
  });
  const first = fetch(`${url}/a`, { method: 'POST', body: new Uint8Array(50_000) });
  while (delivered.length < 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await fetch(`${url}/b`, { method: 'POST', body: '{}' })).status, 503);
  held.open();
  assert.equal((await first).status, 202);
});

test('a body that outgrows the room while it is read answers 503', async (t) => {
  const held = gate();
  const { url, port, delivered } = await serve(t, {
    maxBodyBytes: 20_000,
    limits: { bodies: 24_000, bodiesPerRoute: 24_000, lingerMs: 20 },
    deliver: async () => {
      await held.opened;
      return { status: 202, body: {} };
    },
  });
  const raw = rawConnection(
    t,
    port,
    'POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  await raw.until(/100 Continue/);
  const whole = fetch(`${url}/a`, { method: 'POST', body: new Uint8Array(20_000) });
  while (delivered.length < 1) await new Promise((resolve) => setImmediate(resolve));
  raw.socket.write(`2710\r\n${'x'.repeat(10_000)}\r\n`);
  assert.match(await raw.closed(), /HTTP\/1\.1 503 .*retry-after: 5.*PYLON_TOO_BUSY/is);
  held.open();
  assert.equal((await whole).status, 202);
});

test('endless empty requests on few connections are limited too', async (t) => {
  const held = gate();
  const { port, delivered } = await serve(t, {
    maxBodyBytes: 1_000,
    limits: { bodies: 4_096, bodiesPerRoute: 4_096 },
    deliver: async () => {
      await held.opened;
      return { status: 202, body: {} };
    },
  });
  const raw = rawConnection(t, port, 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'.repeat(10));
  while (delivered.length < 4) await new Promise((resolve) => setImmediate(resolve));
  held.open();
  const text = await raw.until(/(?:HTTP\/1\.1 503 [^]*){6}/);
  assert.equal(text.match(/HTTP\/1\.1 202 /g)?.length, 4);
  assert.equal(delivered.length, 4);
});

test('headers that do not arrive in time, or never begin, end with 408', async (t) => {
  const { port } = await serve(t, { limits: { headersMs: 100 } });
  const [half, none] = [rawConnection(t, port, 'POST /a HTTP/1.1\r\nhost: x\r\nx-slow: '), rawConnection(t, port)];
  assert.match(await half.closed(), /^HTTP\/1\.1 408 .*PYLON_TOO_SLOW/s);
  assert.match(await none.closed(), /^HTTP\/1\.1 408 /);
});

test('a body that comes too slowly ends with 408 while others are served', async (t) => {
  const { port, url, delivered } = await serve(t, { limits: { rateWindowMs: 100, rateBytes: 1_000, lingerMs: 20 } });
  const raw = rawConnection(t, port, 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 50000\r\n\r\n');
  const drip = setInterval(() => raw.socket.write('x'), 10);
  t.after(() => clearInterval(drip));
  assert.equal((await fetch(`${url}/a`, { method: 'POST', body: '{}' })).status, 202);
  assert.match(await raw.closed(), /^HTTP\/1\.1 408 .*PYLON_TOO_SLOW.*bytes of its body/s);
  assert.equal(delivered.length, 1);
});

test('a body that keeps the rate but not the whole time ends with 408', async (t) => {
  const { port } = await serve(t, { limits: { rateWindowMs: 40, rateBytes: 1, bodyMs: 200, lingerMs: 20 } });
  const raw = rawConnection(t, port, 'POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  const drip = setInterval(() => raw.socket.write('1\r\nx\r\n'), 5);
  t.after(() => clearInterval(drip));
  assert.match(await raw.closed(), /^HTTP\/1\.1 408 .*longer than 0\.2 s/s);
});

test('a body that nobody wants cannot be sent for ever either', async (t) => {
  const { port } = await serve(t, { limits: { lingerMs: 50 } });
  const raw = rawConnection(t, port, 'POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  const drip = setInterval(() => raw.socket.write('1\r\nx\r\n'), 5);
  t.after(() => clearInterval(drip));
  assert.match(await raw.closed(), /^HTTP\/1\.1 404 /);
});

test('an idle kept-alive connection is closed after its time', async (t) => {
  const { port } = await serve(t, { limits: { keepAliveMs: 50 } });
  const raw = rawConnection(t, port, 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
  assert.match(await raw.closed(), /^HTTP\/1\.1 202 .*connection: keep-alive/is);
});

test('connections beyond the limit are answered 503 and closed; the ones before them go on', async (t) => {
  const { port, url } = await serve(t, { limits: { connections: 3 } });
  const kept = [1, 2, 3].map(() => rawConnection(t, port, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'));
  for (const raw of kept) await raw.until(/200 OK/);
  const refused = await fetch(`${url}/a`, { method: 'POST', body: '{}' });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '5');
  assert.equal(refused.headers.get('connection'), 'close');
  for (const raw of kept) {
    raw.socket.write('POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
    await raw.until(/202 Accepted/);
  }
});

test('connections whose refused bodies are only thrown away take no place from others', async (t) => {
  const { port, url } = await serve(t, { maxBodyBytes: 1_000, limits: { connections: 3 } });
  const head = 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000\r\n\r\n';
  const refused = [1, 2, 3].map(() => rawConnection(t, port, head));
  for (const raw of refused) await raw.until(/HTTP\/1\.1 413 /);
  assert.equal((await fetch(`${url}/a`, { method: 'POST', body: '{}' })).status, 202);
  assert.ok(
    refused.every(({ socket }) => !socket.readableEnded),
    'they are still open',
  );
});

test('three thousand requests over nine hundred connections are all answered 202', async (t) => {
  const { port, delivered } = await serve(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 900 });
  t.after(() => agent.destroy());
  const body = JSON.stringify({ text: 'x'.repeat(500) });
  const post = (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ port, agent, method: 'POST', path: '/a' }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      request.on('error', reject).end(body);
    });
  const statuses = await Promise.all(Array.from({ length: 3_000 }, post));
  assert.deepEqual([...new Set(statuses)], [202]);
  assert.equal(delivered.length, 3_000);
});
