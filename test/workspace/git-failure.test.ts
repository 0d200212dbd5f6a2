import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gitFailure } from '../../workers/workspace/git-failure.ts';

const failed = { repo: 'https://example.com/a.git', hasCredential: true, secrets: ['a-token', 'YS10b2tlbg=='] };

test('what a server had git print is quoted without credentials and user info, on one short line', () => {
  const { message } = gitFailure({
    ...failed,
    stderr:
      'remote: error: Basic YS10b2tlbg==\nfatal: cannot read https://me:pw@example.com/a.git/\x1b[2J with a-token.\n',
  });
  assert.match(message, /remote: error: Basic \*\*\*; fatal: cannot read https:\/\/example.com\/a.git\/\\x1b\[2J/);
  assert.doesNotMatch(message, /a-token|YS10|pw@/);
});

test('however much a server had git print, it is read soon', () => {
  for (const flood of [
    `fatal: ${'a'.repeat(4_000_000)}`,
    `fatal: ${'.'.repeat(4_000_000)}x`,
    `fatal: ${' '.repeat(4_000_000)}x`,
    Array.from({ length: 200_000 }, (_, index) => `error: ${index}`).join('\n'),
  ]) {
    const began = performance.now();
    const { message } = gitFailure({ ...failed, stderr: flood });
    assert.ok(performance.now() - began < 20_000, `${flood.slice(0, 10)} took ${performance.now() - began} ms`);
    assert.ok(message.length < 1_000);
  }
});
