import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buffer } from 'node:stream/consumers';

import { tarOf } from '../../../src/cli/demo/tar.ts';

let directory: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'pylon-tar-'));
});

after(() => rmSync(directory, { recursive: true }));

function source(name: string, content: Buffer | string): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

describe('an archive', () => {
  it('is unpacked by tar into the same files, of whatever size, with their modes and owned by root', async () => {
    const contents = [0, 1, 511, 512, 513, 100_000].map((size) => Buffer.alloc(size, `${size}.`));
    const deep = `/${'directory/'.repeat(15)}file`;
    const entries = [
      { path: '/bin', mode: 0o755 },
      ...contents.map((content, index) => ({
        path: `/bin/${index}`,
        mode: 0o750,
        source: source(`${index}`, content),
      })),
      { path: deep, mode: 0o644, source: source('deep', 'deep down') },
    ];
    const input = await buffer(tarOf(entries));
    const list = execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input, encoding: 'utf8' });
    assert.match(list, /^drwxr-xr-x 0\/0 +0 .* bin\/$/m);
    assert.match(list, /^-rwxr-x--- 0\/0 +100000 .* bin\/5$/m);
    execFileSync('tar', ['-C', directory, '-xf', '-'], { input });
    for (const [index, content] of contents.entries()) {
      assert.deepEqual(readFileSync(join(directory, 'bin', String(index))), content);
    }
    assert.equal(readFileSync(join(directory, deep), 'utf8'), 'deep down');
  });

  it('fails where a source cannot be read, or a path is longer than the form allows', async () => {
    await assert.rejects(buffer(tarOf([{ path: '/a', mode: 0o644, source: join(directory, 'none') }])), /ENOENT/);
    await assert.rejects(buffer(tarOf([{ path: `/${'x'.repeat(101)}`, mode: 0o755 }])), /is too long/);
  });
});
