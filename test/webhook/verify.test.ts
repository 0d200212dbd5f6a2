import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { sign } from '@octokit/webhooks-methods';

import type { SignatureScheme } from '../../src/protocol/settings.ts';
import type { HeaderPairs } from '../../workers/webhook/schemes/scheme.ts';
import { verifySignature } from '../../workers/webhook/verify.ts';

const secret = "It's a Secret to Everybody";
const body = Buffer.from('Hello, World!');
const published = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

const check = (
  headers: HeaderPairs,
  other: { scheme?: SignatureScheme; header?: string; secrets?: readonly string[]; body?: Uint8Array } = {},
): ReturnType<typeof verifySignature> =>
  verifySignature({ scheme: 'github', header: undefined, secrets: [secret], body, ...other, headers });

test('GitHub’s published example is accepted, with its delivery id', () => {
  const headers = [
    ['x-hub-signature-256', `sha256=${published}`],
    ['x-github-delivery', '72d3162e-cc78-11e3-81ab-4c9367dc0958'],
  ] as const;
  assert.deepEqual(check(headers), { ok: true, eventId: '72d3162e-cc78-11e3-81ab-4c9367dc0958' });
});

test('a delivery without an id, or with two, is accepted without one', () => {
  const signature = ['x-hub-signature-256', `sha256=${published}`] as const;
  assert.deepEqual(check([signature]), { ok: true, eventId: null });
  assert.deepEqual(check([signature, ['x-github-delivery', 'a'], ['x-github-delivery', 'b']]), {
    ok: true,
    eventId: null,
  });
  assert.deepEqual(check([signature, ['x-github-delivery', 'x'.repeat(257)]]), { ok: true, eventId: null });
});

test('every real GitHub payload, signed by GitHub’s own library, is accepted, and not with one byte changed', async () => {
  const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as { examples: unknown[] }[];
  let count = 0;
  for (const example of events.flatMap((event) => event.examples)) {
    const text = JSON.stringify(example);
    const bytes = Buffer.from(text);
    const headers = [['x-hub-signature-256', await sign(secret, text)]] as const;
    assert.equal(check(headers, { body: bytes }).ok, true);
    const at = count % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    assert.equal(check(headers, { body: bytes }).ok, false);
    count += 1;
  }
  assert.ok(count > 200, String(count));
});

test('whatever is not exactly one well-formed signature is refused, and said', () => {
  const name = 'x-hub-signature-256';
  const refused: readonly (readonly [HeaderPairs, RegExp])[] = [
    [[], /^is missing$/],
    [[['x-hub-signature', `sha256=${published}`]], /^is missing$/],
    [[[name, '']], /^is malformed/],
    [[[name, 'sha256=']], /^is malformed/],
    [[[name, published]], /^is malformed/],
    [[[name, `sha256=${published.slice(0, 63)}`]], /^is malformed/],
    [[[name, `sha256=${published}00`]], /^is malformed/],
    [[[name, `sha256=${published.toUpperCase()}`]], /^is malformed/],
    [[[name, `SHA256=${published}`]], /^is malformed/],
    [[[name, `sha1=${published}`]], /^is malformed/],
    [[[name, `sha256=${published}\n`]], /^is malformed/],
    [[[name, `sha256=${published}, sha256=${published}`]], /^is malformed/],
    [
      [
        [name, `sha256=${published}`],
        [name, `sha256=${published}`],
      ],
      /^was sent 2 times/,
    ],
    [[[name, `sha256=${published.replace('7', '8')}`]], /^does not match/],
  ];
  for (const [headers, reason] of refused) {
    const result = check(headers);
    assert.ok(!result.ok, JSON.stringify(headers));
    assert.equal(result.header, 'X-Hub-Signature-256');
    assert.match(result.reason, reason, JSON.stringify(headers));
  }
});

test('any of several secrets is taken, so that one can be rotated, and an empty one never is', () => {
  const by = (key: string): HeaderPairs => [
    ['x-hub-signature-256', `sha256=${createHmac('sha256', key).update(body).digest('hex')}`],
  ];
  const secrets = ['old', 'new', ''];
  assert.equal(check(by('old'), { secrets }).ok, true);
  assert.equal(check(by('new'), { secrets }).ok, true);
  assert.equal(check(by('other'), { secrets }).ok, false);
  assert.equal(check(by(''), { secrets }).ok, false);
  assert.equal(check(by(''), { secrets: [] }).ok, false);
});

test('hmac takes hex in the configured header, with or without sha256= before it', () => {
  const hmac = { scheme: 'hmac', header: 'x-my-signature' } as const;
  assert.deepEqual(check([['x-my-signature', published]], hmac), { ok: true, eventId: null });
  assert.deepEqual(check([['x-my-signature', `sha256=${published}`]], hmac), { ok: true, eventId: null });
  for (const value of [
    '',
    'sha256=',
    published.toUpperCase(),
    published.slice(2),
    `sha256=sha256=${published}`,
    `${published},${published}`,
  ]) {
    const result = check([['x-my-signature', value]], hmac);
    assert.ok(!result.ok && result.reason.startsWith('is malformed'), value);
  }
  assert.equal(check([['x-hub-signature-256', `sha256=${published}`]], hmac).ok, false);
  assert.equal(
    check(
      [
        ['x-my-signature', published],
        ['x-my-signature', published],
      ],
      hmac,
    ).ok,
    false,
  );
  assert.equal(check([['x-my-signature', published]], { scheme: 'hmac' }).ok, false);
});

test('a scheme that does not exist yet refuses everything', () => {
  const result = check([['x-gitlab-token', secret]], { scheme: 'gitlab' });
  assert.ok(!result.ok);
  assert.match(result.reason, /gitlab is not available yet/);
});
