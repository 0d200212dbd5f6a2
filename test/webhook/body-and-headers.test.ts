import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { keptHeaders } from '../../workers/webhook/kept-headers.ts';
import { readBody as readBodyOf } from '../../workers/webhook/read-body.ts';
import type { BodyReading } from '../../workers/webhook/read-body.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const readBody = (body: Uint8Array, contentType?: string): BodyReading =>
  readBodyOf(
    body,
    contentType === undefined
      ? []
      : [
          ['host', 'x'],
          ['content-type', contentType],
        ],
  );
const form = 'application/x-www-form-urlencoded';

const refusal = (body: Uint8Array, contentType?: string): string => {
  const read = readBody(body, contentType);
  assert.ok(!read.ok, 'expected a refusal');
  return read.reason;
};

test('JSON is read whatever the content type says, and kept as it was written', () => {
  const text =
    ' {"n": 12345678901234567890, "a":1, "a":2, "__proto__": {"x": 1}, "s": "\\ud800 \\u0000 ☃ &payload=1"}\n';
  for (const type of [undefined, 'application/json', 'text/plain; charset=latin1', form, 'nonsense']) {
    const read = readBody(bytes(text), type);
    assert.ok(read.ok);
    assert.equal(read.text, text);
  }
  assert.equal((Object.prototype as Record<string, unknown>)['x'], undefined);
  for (const scalar of ['null', '0', '"x"', '[]']) assert.ok(readBody(bytes(scalar), form).ok, scalar);
});

test('a byte order mark is no fault', () => {
  const read = readBody(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes('{}')]));
  assert.ok(read.ok);
  assert.equal(read.text, '{}');
});

test('every real GitHub payload is read, as JSON and as the form that GitHub can send', () => {
  const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as { examples: unknown[] }[];
  for (const example of events.flatMap((event) => event.examples)) {
    const text = JSON.stringify(example);
    assert.deepEqual(readBody(bytes(text), 'application/json'), { ok: true, text, value: example });
    const encoded = new URLSearchParams({ payload: text }).toString();
    assert.deepEqual(readBody(bytes(encoded), `${form}; charset=utf-8`), { ok: true, text, value: example });
  }
});

test('what is not one JSON value is refused with the reason', () => {
  assert.match(refusal(bytes('')), /empty/);
  assert.match(refusal(bytes(' \n\t')), /empty/);
  assert.match(refusal(bytes('{"a":')), /JSON/);
  assert.match(refusal(bytes('{} {}')), /JSON/);
  assert.match(refusal(bytes("{'a': 1}")), /JSON/);
  assert.match(refusal(bytes('NaN')), /JSON/);
  assert.match(refusal(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), /UTF-8/);
  assert.match(refusal(Buffer.from('{"a":1}', 'utf16le')), /JSON/);
  assert.ok(!refusal(bytes('\u001b[2J')).includes('\u001b'));
});

test('a form without exactly one payload of JSON is refused with the reason', () => {
  assert.match(refusal(bytes('a=1'), form), /0 fields named payload/);
  assert.match(refusal(bytes('payload={}&payload={}'), form), /2 fields named payload/);
  assert.match(refusal(bytes('payload=%7'), form), /not encoded/);
  assert.match(refusal(bytes('payload=%ff'), form), /not encoded/);
  assert.match(refusal(bytes('payload='), form), /empty/);
  assert.match(refusal(bytes('payload=%7B%7D'), 'application/json'), /JSON/);
  const read = readBody(bytes('x=1&payload=%7B%22a%22%3A%22b+c%2Bd%22%7D'), form.toUpperCase());
  assert.ok(read.ok);
  assert.deepEqual(read.value, { a: 'b c+d' });
});

test('512 levels are read and 513 are refused, brackets in strings not counted, and five million of them at once', () => {
  const nested = (levels: number): Uint8Array => bytes(`${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`);
  assert.ok(readBody(nested(512)).ok);
  assert.match(refusal(nested(514)), /deeper than 512/);
  assert.match(refusal(bytes('['.repeat(513) + ']'.repeat(513))), /deeper than 512/);
  assert.ok(readBody(bytes(JSON.stringify(`\\"${'['.repeat(1_000)}`))).ok);
  assert.ok(readBody(bytes(`[${Array.from({ length: 1_000 }, () => '[]').join(',')}]`)).ok);
  assert.match(refusal(bytes('['.repeat(5_000_000))), /deeper than 512/);
});

test('kept headers are lower-case and joined, without signatures, cookies, authorization and other credentials', () => {
  const kept = keptHeaders(
    [
      ['x-github-event', 'push'],
      ['accept', 'a'],
      ['accept', 'b'],
      ['x-hub-signature', 's'],
      ['x-hub-signature-256', 's'],
      ['x-shopify-hmac-sha256', 's'],
      ['webhook-signature', 's'],
      ['x-gitlab-token', 's'],
      ['x-api-key', 's'],
      ['cookie', 's'],
      ['set-cookie', 's'],
      ['authorization', 's'],
      ['proxy-authorization', 's'],
      ['x-mine', 's'],
      ['__proto__', 'p'],
      ['webhook-id', 'w'],
    ],
    'X-Mine',
  );
  assert.deepEqual(Object.entries(kept), [
    ['x-github-event', 'push'],
    ['accept', 'a, b'],
    ['__proto__', 'p'],
    ['webhook-id', 'w'],
  ]);
});

test('kept headers have a limited size, and what is too large is left out whole', () => {
  const kept = keptHeaders(
    [['big', 'x'.repeat(5_000)], ...Array.from({ length: 10 }, (_, n) => [`h${n}`, 'y'.repeat(4_000)] as const)],
    undefined,
  );
  assert.deepEqual(Object.keys(kept), ['h0', 'h1', 'h2', 'h3']);
});
