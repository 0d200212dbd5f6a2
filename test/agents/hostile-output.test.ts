/** What an agent prints to keep its reader busy, or to bring it down. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commandReader } from '../../workers/agents/command/reader.ts';

const outputs: readonly (readonly [what: string, output: string])[] = [
  ['a megabyte of blanks before its last word', `${' '.repeat(1024 * 1024 - 2)}x`],
  ['a megabyte of blank lines before its last word', `${'\n'.repeat(1024 * 1024 - 2)}x`],
  ['a result nested deeper than anything can write', `{"result":${'['.repeat(400_000)}${']'.repeat(400_000)}}`],
  ['an object nested so deep', `{"result":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
];

for (const [what, output] of outputs) {
  test(`${what} is read soon, and is the result as it was printed`, () => {
    const reader = commandReader();
    reader.read(Buffer.from(output), 'stdout');
    const began = performance.now();
    const { status, result } = reader.finish(0);
    assert.ok(performance.now() - began < 20_000, `it took ${performance.now() - began} ms`);
    assert.equal(status, 'done');
    assert.equal(result, output);
  });
}
