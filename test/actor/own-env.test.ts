import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { makeOwnEnv } from '../../workers/actor/own-env.ts';

describe('a pylon’s own .env', () => {
  let directory = '';
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'pylon-own-env-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  test('is never older than the file, however quick the writes are and however alike', () => {
    const file = path.join(directory, 'quick.env');
    const ownEnv = makeOwnEnv(file);
    for (let round = 100; round < 400; round += 1) {
      writeFileSync(file, `HOOK=${round}\n`);
      assert.deepEqual(ownEnv(), { HOOK: `${round}` });
      assert.deepEqual(ownEnv(), { HOOK: `${round}` });
    }
  });

  test('is read again once the file was renamed over, removed or made anew', async () => {
    const file = path.join(directory, 'changing.env');
    const ownEnv = makeOwnEnv(file);
    const long = new Date(Date.now() - 60_000);
    for (const value of ['one', 'two']) {
      writeFileSync(`${file}.new`, `HOOK=${value}\n`);
      utimesSync(`${file}.new`, long, long);
      renameSync(`${file}.new`, file);
      // By then what was read is old enough to be kept.
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.deepEqual(ownEnv(), { HOOK: value });
      assert.deepEqual(ownEnv(), { HOOK: value });
    }
    rmSync(file);
    assert.deepEqual(ownEnv(), {});
    writeFileSync(file, 'HOOK=three\n');
    assert.deepEqual(ownEnv(), { HOOK: 'three' });
  });
});
