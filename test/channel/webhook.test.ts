import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';

import type { ChannelSettings } from '../../src/protocol/settings.ts';
import { channelFor } from '../../workers/channel/channel-for.ts';
import type { ChannelContext } from '../../workers/channel/channel-for.ts';
import type { ChannelMessage } from '../../workers/channel/channel.ts';
import { DeliveryFailure } from '../../workers/channel/channel.ts';
import { standardWebhooksHeaders, standardWebhooksKey } from '../../workers/channel/webhook/sign.ts';
import { message } from './messages.ts';
import { receiver } from './receiver.ts';

type Webhook = NonNullable<ChannelSettings['webhook']>;
const now = Date.parse('2026-11-21T02:00:00Z');
const published = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

function send(
  webhook: Webhook,
  context: Partial<ChannelContext> = {},
  sent: ChannelMessage = message(),
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const channel = channelFor(
    { type: 'webhook', approval: false, webhook },
    { print: () => Promise.resolve(), renderBody: () => '', now: () => now, ...context },
  );
  return channel.send(sent, signal);
}

async function failureOf(sending: Promise<void>): Promise<DeliveryFailure> {
  const failure = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(failure instanceof DeliveryFailure, String(failure));
  return failure;
}

test('a message is POSTed as JSON with exactly the documented fields and its stable id', async (t) => {
  const { url, received } = await receiver(t);
  await send({ url: `${url}?x=1` }, {}, message({ cost_usd: 0.5, payload: '{"secret":1}', topic: 'T', message: 'M' }));
  const [post] = received;
  assert.equal(post?.method, 'POST');
  assert.equal(post.path, '/hook?x=1');
  assert.equal(post.headers['content-type'], 'application/json');
  assert.equal(post.headers['webhook-id'], 'msg_1');
  assert.equal(post.headers['webhook-signature'], undefined);
  assert.deepEqual(JSON.parse(post.body), {
    event: 'job.ended',
    pylon: 'my-sentry',
    job_id: '1a2b3c4d-0000-4000-8000-000000000000',
    run: 1,
    status: 'done',
    result: 'All good.',
    error: null,
    cost_usd: 0.5,
    at: '2026-11-21T02:00:00.000Z',
  });
});

test('a body template replaces the JSON, and the settings’ headers replace the defaults', async (t) => {
  const { url, received } = await receiver(t);
  const renderBody = (template: string, of: ChannelMessage): string => `${template}|${of.result ?? ''}|é`;
  await send({ url, body: 'tpl', headers: { 'Content-Type': 'text/plain', 'X-Team': 'a' } }, { renderBody });
  assert.equal(received[0]?.body, 'tpl|All good.|é');
  assert.equal(received[0].headers['content-type'], 'text/plain');
  assert.equal(received[0].headers['x-team'], 'a');
});

test('a body template that cannot be rendered ends the delivery', async () => {
  const renderBody = (): string => {
    throw new Error('line 2: unexpected "}"');
  };
  const failure = await failureOf(send({ url: 'http://127.0.0.1:1', body: 'x' }, { renderBody }));
  assert.equal(failure.retry, false);
  assert.match(failure.message, /channel\.webhook\.body cannot be rendered: line 2/);
});

test('the published Standard Webhooks example is signed as published', () => {
  const key = standardWebhooksKey(published);
  assert.ok(key);
  const at = 1_614_265_330_000;
  assert.deepEqual(standardWebhooksHeaders(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, '{"test": 2432232314}'), {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

/** The receiver's side, from the public rule of Standard Webhooks. */
function isSigned(secret: string, headers: Readonly<Record<string, unknown>>, body: string): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(signed)
    .digest('base64');
  return headers['webhook-signature'] === `v1,${expected}`;
}

test('with a secret the exact bytes sent are signed, and no header of the settings can replace the signature', async (t) => {
  const { url, received } = await receiver(t);
  for (const secret of [published, published.slice('whsec_'.length)]) {
    await send({ url, secret, headers: { 'Webhook-Signature': 'v1,forged' } }, {}, message({ result: 'ü ☃ \u0000' }));
    const post = received.at(-1);
    assert.ok(post);
    assert.equal(post.headers['webhook-timestamp'], String(now / 1_000));
    assert.ok(isSigned(secret, post.headers, post.body));
    assert.ok(!isSigned(secret, post.headers, `${post.body} `));
  }
});

test('a secret that is not base64 ends the delivery without being told', async () => {
  for (const secret of ['whsec_', '', 'not base64!', 'abcde']) {
    const failure = await failureOf(send({ url: 'http://127.0.0.1:1', secret }));
    assert.equal(failure.retry, false);
    assert.match(failure.message, /^channel\.webhook\.secret is not base64/);
    if (secret.length > 6) assert.ok(!failure.message.includes(secret));
  }
});

test('user name and password of the address become an Authorization header', async (t) => {
  const { port, received } = await receiver(t);
  await send({ url: `http://us%40er:p%3Ass@127.0.0.1:${port}/` });
  assert.equal(received[0]?.headers.authorization, `Basic ${Buffer.from('us@er:p:ss').toString('base64')}`);
});

test('every 2xx is taken, 429 and 5xx are to be retried, and any other 4xx or 3xx is final', async (t) => {
  let status = 200;
  const { url } = await receiver(t, (response) => void response.writeHead(status).end());
  for (status of [200, 201, 202, 204]) await send({ url });
  for (status of [429, 500, 502, 503, 599]) {
    const failure = await failureOf(send({ url }));
    assert.equal(failure.retry, true, String(status));
    assert.match(failure.message, new RegExp(`^http://127\\.0\\.0\\.1:\\d+ answered ${status}`));
  }
  for (status of [400, 401, 404, 408, 410, 422, 300, 304])
    assert.equal((await failureOf(send({ url }))).retry, false, String(status));
});

test('Retry-After is honoured as seconds and as a date, and anything else is not', async (t) => {
  let after = '';
  const { url } = await receiver(t, (response) => void response.writeHead(503, { 'retry-after': after }).end());
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['120', 120_000],
    ['Sat, 21 Nov 2026 02:01:30 GMT', 90_000],
    ['Sat, 21 Nov 2026 01:00:00 GMT', undefined],
    ['0', undefined],
    ['-5', undefined],
    ['soon', undefined],
  ];
  for (const [value, expected] of cases) {
    after = value;
    assert.equal((await failureOf(send({ url }))).retryAfterMs, expected, value);
  }
});

test('a redirect is not followed, and what is said of it tells no path', async (t) => {
  const other = await receiver(t);
  const { url } = await receiver(
    t,
    (response) => void response.writeHead(307, { location: `${other.url}/token?key=1` }).end(),
  );
  const failure = await failureOf(send({ url }));
  assert.equal(failure.retry, false);
  assert.match(
    failure.message,
    /answered 307 Temporary Redirect \(to http:\/\/127\.0\.0\.1:\d+\); redirects are not followed: set channel\.webhook\.url/,
  );
  assert.doesNotMatch(failure.message, /token|key/);
  assert.equal(other.received.length, 0);
});

test('a refused, cut or silent connection is to be retried, and no reason tells more than the origin', async (t) => {
  const cut = await receiver(t, (response) => void response.socket?.destroy());
  const silent = await receiver(t, () => undefined);
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, 'close');
  const timeouts = { connect: 1_000, headers: 1_000, whole: 150 };
  const cases: readonly (readonly [string, RegExp])[] = [
    [`http://u:hunter2@127.0.0.1:${port}/hook/hunter2?k=hunter2`, /: the connection was refused$/],
    [`http://u:hunter2@127.0.0.1:${cut.port}/hook/hunter2?k=hunter2`, /: the connection was cut$/],
    [`http://u:hunter2@127.0.0.1:${silent.port}/hook/hunter2?k=hunter2`, /: no answer within 0\.15 s$/],
    [
      'http://u:hunter2@no-such-host.invalid/hunter2',
      /: (?:there is no such host|the name could not be looked up|no answer within 0\.15 s)$/,
    ],
  ];
  for (const [url, reason] of cases) {
    const failure = await failureOf(send({ url, secret: published }, { timeouts }));
    assert.equal(failure.retry, true);
    assert.match(failure.message, reason);
    assert.match(failure.message, /^http:\/\/[\w.-]+(?::\d+)?: /);
    assert.doesNotMatch(failure.message, /hunter2|hook/);
  }
});

test('an answer whose body never ends holds nothing up', async (t) => {
  const { url } = await receiver(t, (response) => {
    response.writeHead(200);
    response.write('x');
  });
  await send({ url }, { timeouts: { connect: 1_000, headers: 1_000, whole: 60_000 } });
});

test('its signal ends a send at once with its own reason', async (t) => {
  const ending = new AbortController();
  const { url } = await receiver(t, () => ending.abort(new Error('stopping')));
  await assert.rejects(send({ url }, {}, message(), ending.signal), /^Error: stopping$/);
});

test('headers that HTTP does not allow, and an address that is none, end the delivery', async () => {
  for (const headers of [{ 'x y': '1' }, { x: 'a\r\nb: c' }]) {
    const failure = await failureOf(send({ url: 'http://127.0.0.1:1', headers }));
    assert.equal(failure.retry, false);
    assert.match(failure.message, /channel\.webhook\.headers/);
  }
  for (const url of ['', 'hooks.example.com/x', 'ftp://example.com', 'file:///etc/passwd']) {
    const failure = await failureOf(send({ url }));
    assert.equal(failure.retry, false);
    assert.match(failure.message, /channel\.webhook\.url is not an http or https address/);
  }
});

test('the environment’s proxy is used, except for the hosts that NO_PROXY names', async (t) => {
  const tunnels: string[] = [];
  const proxy = createServer((client: Socket) => {
    client.once('data', (head: Buffer) => {
      const [, host, port] = /^CONNECT ([^:]+):(\d+) /.exec(head.toString()) ?? [];
      tunnels.push(`${host ?? ''}:${port ?? ''}`);
      const onward = connect(Number(port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(onward).pipe(client);
      });
      onward.on('error', () => client.destroy());
      client.on('error', () => onward.destroy());
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
    proxy.close();
  });
  const { port, received } = await receiver(t);
  process.env['HTTP_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  process.env['NO_PROXY'] = '127.0.0.1';
  await send({ url: `http://hooks.example.test:${port}/` });
  assert.deepEqual(tunnels, [`hooks.example.test:${port}`]);
  await send({ url: `http://127.0.0.1:${port}/` });
  assert.equal(tunnels.length, 1);
  assert.equal(received.length, 2);
});
