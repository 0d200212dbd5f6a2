import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { PylonError } from '../../src/errors.ts';
import { parsePayload } from '../../workers/template/payload.ts';
import { isMap } from '../../workers/template/values.ts';
import { render } from './render.ts';

test('Of keys that come twice the last one holds, whatever its type', () => {
  assert.equal(render('{{json .}}', '{"a":1,"a":{"b":2},"a":[3],"a":1.0,"a":2.0}').text, '{"a":2.0}');
  assert.equal(render('{{json .}}', '{"a":1,"a":null}').text, '{"a":null}');
});

test('Any JSON value is a payload', () => {
  assert.equal(parsePayload(' "text"\n'), 'text');
  assert.equal(parsePayload('null'), null);
  assert.deepEqual(parsePayload('[1,true,"a"]'), [1, true, 'a']);
  assert.ok(isMap(parsePayload('{}')));
});

test('What is not JSON is refused with a reason', () => {
  for (const text of [
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '{"a"}',
    'undefined',
    'NaN',
    '01',
    '1.',
    '.5',
    '+1',
    '"a',
    '"\n"',
    '"\\x"',
    '{} {}',
    '\ufeff{}',
    '[1 2]',
    'nul',
  ]) {
    assert.throws(() => parsePayload(text), { code: 'PYLON_NOT_JSON' }, JSON.stringify(text));
  }
  assert.throws(() => parsePayload('{"a":"\u001b[2J"}'), /Invalid character '\\x1b'/);
  assert.throws(() => parsePayload(''), /not JSON that can be used: it is empty/);
});

test('512 levels are read, and one more is refused before it can exhaust the stack', () => {
  const nested = (levels: number): string => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2);
  assert.ok(Array.isArray(parsePayload(nested(512))));
  assert.throws(
    () => parsePayload(nested(514)),
    (error) => error instanceof PylonError && /deeper than 512 levels/.test(error.message),
  );
  assert.throws(() => parsePayload('['.repeat(5_000_000)), /deeper than 512 levels/);
  assert.throws(() => parsePayload('{"a":'.repeat(1_000_000)), /deeper than 512 levels/);
});

test('Brackets inside of strings are no levels', () => {
  assert.ok(Array.isArray(parsePayload(JSON.stringify(['['.repeat(1_000), '\\"{{{{', `\\${'{'.repeat(600)}`]))));
});

test('A real GitHub payload comes out as it went in', () => {
  const folder = createRequire(import.meta.url).resolve('@octokit/webhooks-examples/package.json');
  const examples = readFileSync(folder.replace('package.json', 'api.github.com/index.json'), 'utf8');
  const [example] = JSON.parse(examples) as { examples: unknown[] }[];
  const text = JSON.stringify(example);
  assert.deepEqual(JSON.parse(render('{{json .}}', text, { maxBytes: 50_000_000 }).text), example);
});
