import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';

import { gate, rawConnection, serve } from './serve.ts';

const json = async (response: Response): Promise<unknown> => response.json();

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}
const errorOf = async (response: Response): Promise<ErrorBody['error']> => ((await response.json()) as ErrorBody).error;

test('a POST on a known path is delivered with its exact bytes and lower-case header pairs, and gets the answer given', async (t) => {
  const { url, delivered } = await serve(t);
  const sent = randomBytes(300_000);
  const response = await fetch(`${url}/a?x=1`, { method: 'POST', body: sent, headers: { 'X-GitHub-Event': 'push' } });
  assert.equal(response.status, 202);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(await json(response), { job_id: 'j', status: 'accepted' });
  assert.equal(delivered[0]?.route, 'a');
  assert.deepEqual(Buffer.from(delivered[0].body), sent);
  assert.ok(delivered[0].headers.some(([name, value]) => name === 'x-github-event' && value === 'push'));
});

test('the body is an ArrayBuffer of its own that can be transferred, whatever the size and the framing', async (t) => {
  const { url, delivered } = await serve(t, { maxBodyBytes: 200_000 });
  for (const size of [0, 1, 65_536, 65_537, 200_000]) {
    for (const chunked of [false, true]) {
      const bytes = randomBytes(size);
      const body = chunked ? new Blob([bytes]).stream() : bytes;
      await fetch(`${url}/a`, { method: 'POST', body, ...(chunked ? { duplex: 'half' } : {}) });
      const got = delivered.at(-1)?.body;
      assert.ok(got instanceof ArrayBuffer);
      assert.equal(got.byteLength, size);
      const moved = structuredClone(got, { transfer: [got] });
      assert.equal(got.byteLength, 0, 'transferred, not copied');
      const digest = (of: Uint8Array): string => createHash('sha256').update(of).digest('hex');
      assert.equal(digest(new Uint8Array(moved)), digest(bytes));
    }
  }
});

test('a header sent twice stays two pairs', async (t) => {
  const { port, delivered } = await serve(t);
  const head =
    'POST /a HTTP/1.1\r\nhost: x\r\nX-Sig: one\r\nx-sig: two\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}';
  await rawConnection(t, port, head).closed();
  assert.deepEqual(
    delivered[0]?.headers.filter(([name]) => name === 'x-sig'),
    [
      ['x-sig', 'one'],
      ['x-sig', 'two'],
    ],
  );
});

test('an unknown path answers 404 before anything else, and no trick of spelling reaches a route', async (t) => {
  const { url, port, delivered } = await serve(t);
  const response = await fetch(`${url}/nowhere`, { method: 'DELETE' });
  assert.equal(response.status, 404);
  assert.equal((await errorOf(response)).code, 'PYLON_NOT_FOUND');
  for (const path of [
    '/a/',
    '//a',
    '/./a',
    '/b/../a',
    '/%61',
    '/a%2f',
    '/A',
    '/a;x',
    '/a#x',
    '*',
    'http://x/a',
    '/a\\',
    '/healthz/',
  ]) {
    const raw = rawConnection(
      t,
      port,
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`,
    );
    assert.match(await raw.closed(), /^HTTP\/1\.1 40[04] /, path);
  }
  assert.deepEqual(delivered, []);
});

test('any other method answers 405 and says which is allowed', async (t) => {
  const { url } = await serve(t);
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD']) {
    const response = await fetch(`${url}/a`, { method });
    assert.equal(response.status, 405, method);
    assert.equal(response.headers.get('allow'), 'POST');
    if (method !== 'HEAD') assert.equal((await errorOf(response)).code, 'PYLON_METHOD_NOT_ALLOWED');
  }
});

test('/healthz answers GET and HEAD, refuses the rest, and tells nothing but that it is there', async (t) => {
  const { url } = await serve(t);
  const response = await fetch(`${url}/healthz`);
  assert.equal(response.status, 200);
  assert.deepEqual(await json(response), { status: 'ok' });
  assert.equal((await fetch(`${url}/healthz`, { method: 'HEAD' })).status, 200);
  const posted = await fetch(`${url}/healthz`, { method: 'POST', body: '{}' });
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.get('allow'), 'GET, HEAD');
});

test('a declared length over the limit answers 413 at once, and the sender gets to read it though it goes on sending', async (t) => {
  const { url, delivered } = await serve(t, { maxBodyBytes: 1_000 });
  const response = await fetch(`${url}/a`, { method: 'POST', body: new Uint8Array(20_000_000) });
  assert.equal(response.status, 413);
  assert.equal(response.headers.get('connection'), 'close');
  const error = await errorOf(response);
  assert.equal(error.code, 'PYLON_BODY_TOO_LARGE');
  assert.match(error.message, /1000 bytes/);
  assert.deepEqual(delivered, []);
});

test('a body without a declared length answers 413 as soon as it passes the limit; one of exactly the limit is taken', async (t) => {
  const { url, delivered, port } = await serve(t, { maxBodyBytes: 100_000, limits: { lingerMs: 50 } });
  const stream = (size: number): RequestInit => ({
    method: 'POST',
    body: new Blob([new Uint8Array(size)]).stream(),
    duplex: 'half',
  });
  assert.equal((await fetch(`${url}/a`, stream(100_000))).status, 202);
  assert.equal((await fetch(`${url}/a`, stream(100_001))).status, 413);
  assert.equal(delivered.length, 1);

  const endless = rawConnection(t, port, 'POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  const chunk = `fa00\r\n${'x'.repeat(0xfa00)}\r\n`;
  endless.socket.write(chunk + chunk + chunk);
  assert.match(await endless.closed(), /^HTTP\/1\.1 413 /);
});

test('a sender that reads nothing before it has sent everything still gets to see that it was too much', async (t) => {
  const { port } = await serve(t, { maxBodyBytes: 100_000 });
  const size = 8_000_000;
  const chunked = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;
  for (const [framing, body] of [
    [`content-length: ${size}`, 'x'.repeat(size)],
    ['transfer-encoding: chunked', chunked],
  ] as const) {
    const raw = rawConnection(t, port);
    raw.socket.pause();
    raw.socket.write(`POST /a HTTP/1.1\r\nhost: x\r\n${framing}\r\n\r\n`);
    await new Promise((resolve) => raw.socket.write(body, resolve));
    raw.socket.resume();
    assert.match(await raw.closed(), /^HTTP\/1\.1 413 .*PYLON_BODY_TOO_LARGE/s);
    assert.equal(raw.socket.errored, null);
  }
});

test('Expect: 100-continue is answered with 100 for a body that is wanted', async (t) => {
  const { port, delivered } = await serve(t);
  const raw = rawConnection(
    t,
    port,
    'POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n',
  );
  await raw.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  raw.socket.write('{}');
  await raw.until(/HTTP\/1\.1 202 /);
  assert.equal(delivered.length, 1);
});

test('Expect: 100-continue is answered with the refusal alone, and the connection ends, where the body is not wanted', async (t) => {
  const { port } = await serve(t, { maxBodyBytes: 10, limits: { lingerMs: 20 } });
  for (const [path, length, status] of [
    ['/a', 11, 413],
    ['/nowhere', 2, 404],
  ] as const) {
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`;
    const text = await rawConnection(t, port, head).closed();
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(text, /connection: close/i);
  }
});

test('requests that frame their body twice, or not properly, are refused and never delivered', async (t) => {
  const { port, delivered } = await serve(t);
  const heads = [
    'content-length: 2\r\ntransfer-encoding: chunked',
    'content-length: 2\r\ncontent-length: 3',
    'content-length: +2',
    'content-length: 2,2',
    'transfer-encoding: chunked, identity',
    'transfer-encoding : chunked',
    'x: a\nb: c\0',
  ];
  for (const head of heads) {
    const raw = rawConnection(t, port, `POST /a HTTP/1.1\r\nhost: x\r\n${head}\r\n\r\n{}`);
    const text = await raw.closed();
    assert.match(text, /^HTTP\/1\.1 400 /, head);
    assert.match(text, /"PYLON_BAD_REQUEST"/, head);
  }
  assert.deepEqual(delivered, []);
});

test('what is not HTTP, and headers without end, get one JSON answer and are cut off', async (t) => {
  const { port } = await serve(t);
  assert.match(
    await rawConnection(t, port, '\x16\x03\x01\x02\x00\x01\r\n\r\n').closed(),
    /^HTTP\/1\.1 400 .*PYLON_BAD_REQUEST/s,
  );
  const wide = rawConnection(t, port, `POST /a HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
  assert.match(await wide.closed(), /^HTTP\/1\.1 431 .*PYLON_HEADERS_TOO_LARGE/s);
});

test('a delivery that fails unforeseen answers 500 without its details, which go to the log', async (t) => {
  const { url, lines } = await serve(t, { deliver: () => Promise.reject(new Error('secret detail')) });
  const response = await fetch(`${url}/a`, { method: 'POST', body: '{}' });
  assert.equal(response.status, 500);
  const error = await errorOf(response);
  assert.equal(error.code, 'PYLON_INTERNAL');
  assert.doesNotMatch(error.message, /secret detail/);
  assert.match(lines[0]?.message ?? '', /secret detail/);
});

test('a route that is gone while its body is being read still gets the delivery it was judged for', async (t) => {
  const { port, delivered, routes } = await serve(t);
  const raw = rawConnection(
    t,
    port,
    'POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n',
  );
  await raw.until(/100 Continue/);
  routes.delete('/a');
  raw.socket.write('true');
  await raw.until(/HTTP\/1\.1 202 /);
  assert.equal(delivered.length, 1);
  raw.socket.write('POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
  await raw.until(/HTTP\/1\.1 404 /);
});

test('a sender that goes away in the middle of its body is forgotten, and its bytes are given back', async (t) => {
  const { port, url, delivered } = await serve(t, { maxBodyBytes: 40_000, limits: { bodies: 1, bodiesPerRoute: 1 } });
  const head = 'POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n';
  for (let index = 0; index < 5; index += 1) {
    const raw = rawConnection(t, port, head);
    await raw.until(/100 Continue/);
    raw.socket.write(`3e8\r\n${'x'.repeat(1_000)}\r\n`);
    raw.socket.destroy();
    await raw.closed();
  }
  // Refused with 503 only for as long as the server has not noticed the last one go.
  const giveUpAt = Date.now() + 5_000;
  let status = 503;
  while (status === 503 && Date.now() < giveUpAt) {
    status = (await fetch(`${url}/a`, { method: 'POST', body: new Uint8Array(40_000) })).status;
  }
  assert.equal(status, 202);
  assert.equal(delivered.length, 1);
});

test('a sender that goes away before its answer costs nothing but its own delivery', async (t) => {
  const held = gate();
  const begun = gate();
  const { port, url, delivered } = await serve(t, {
    deliver: async () => {
      begun.open();
      await held.opened;
      return { status: 202, body: {} };
    },
  });
  const request = httpRequest({ port, method: 'POST', path: '/a' }).on('error', () => undefined);
  request.end('{}');
  await begun.opened;
  request.destroy();
  held.open();
  assert.equal((await fetch(`${url}/a`, { method: 'POST', body: '{}' })).status, 202);
  assert.equal(delivered.length, 2);
});
