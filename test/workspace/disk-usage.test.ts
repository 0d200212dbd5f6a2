/** Measuring a directory that an agent made as hard to measure as it could. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { diskUsage } from '../../workers/workspace/disk-usage.ts';

const mib = 1024 ** 2;

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'pylon-usage-'));
  // Node cannot remove a tree that is deeper than a path can name.
  t.after(() => void execFileSync('rm', ['-rf', path]));
  return path;
}

const usage = (path: string): Promise<number> => diskUsage(path, new AbortController().signal);

test('what lies deeper than a path can name is counted', async (t) => {
  const path = directory(t);
  const name = 'd'.repeat(200);
  const script = 'i=0; while [ $i -lt 40 ]; do mkdir $0; cd $0; i=$((i+1)); done; head -c 5000000 /dev/zero > big';
  execFileSync('sh', ['-c', script, name], { cwd: path });
  assert.ok((await usage(path)) > 5_000_000);
});

test('links are counted and not followed, and a name that looks like an option is a name', async (t) => {
  const path = directory(t);
  symlinkSync('/usr', join(path, 'usr'));
  symlinkSync('.', join(path, '--files0-from=x'));
  assert.ok((await usage(path)) < mib);
});

test('what is not there takes nothing', async (t) => {
  assert.equal(await usage(join(directory(t), 'nowhere')), 0);
});

test('a hundred thousand files are counted outside this thread', async (t) => {
  const path = directory(t);
  execFileSync('sh', ['-c', 'seq 100000 | xargs touch'], { cwd: path });
  writeFileSync(join(path, 'big'), Buffer.alloc(mib));
  const heapBefore = process.memoryUsage().heapUsed;
  let [last, longest] = [performance.now(), 0];
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 10);
  try {
    assert.ok((await usage(path)) > mib);
  } finally {
    clearInterval(beat);
  }
  assert.ok(longest < 1_000, `the thread stood still for ${longest} ms`);
  assert.ok(process.memoryUsage().heapUsed - heapBefore < 20 * mib);
});

test('it ends when it is aborted, with the reason', async (t) => {
  const abort = new AbortController();
  const path = directory(t);
  abort.abort(new Error('enough'));
  await assert.rejects(diskUsage(path, abort.signal), /enough/);
});
