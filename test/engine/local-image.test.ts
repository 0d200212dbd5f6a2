import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';

import { engineAddress } from '../../workers/engine/engine-address.ts';
import { enginePlatform } from '../../workers/engine/engine-platform.ts';
import { importImage, removeImage } from '../../workers/engine/local-image.ts';

const address = engineAddress(process.env);
const repository = 'pylon-test/local';
/** Nothing but the end of an archive. */
const empty = (): Readable => Readable.from([Buffer.alloc(1024)], { objectMode: false });

function found(tag: string): string {
  return execFileSync('docker', ['image', 'ls', '--quiet', `${repository}:${tag}`], { encoding: 'utf8' });
}

describe('an image of local files', () => {
  it('has what it is told to have, until it is removed, which is harmless twice', async () => {
    const name = `${repository}:plain`;
    try {
      await importImage(address, { repository, tag: 'plain', files: empty(), changes: ['LABEL a=b', 'ENV PATH=/x'] });
      const format = '{{json .Config.Labels}} {{json .Config.Env}}';
      const told = execFileSync('docker', ['image', 'inspect', '--format', format, name], { encoding: 'utf8' });
      assert.equal(told, '{"a":"b"} ["PATH=/x"]\n');
    } finally {
      await removeImage(address, name);
      await removeImage(address, name);
    }
    assert.equal(found('plain'), '');
  });

  it('is not made, with the reason, where its files cannot be read or are no archive', async () => {
    const broken = new PassThrough();
    broken.write(Buffer.alloc(512, 'x'));
    setImmediate(() => broken.destroy(new Error('the disk is on fire')));
    await assert.rejects(importImage(address, { repository, tag: 'broken', files: broken, changes: [] }), {
      code: 'PYLON_ENGINE_REFUSED',
      message: 'The container engine refused to make the image pylon-test/local:broken: the disk is on fire.',
    });
    const nonsense = Readable.from([Buffer.alloc(4096, 'nonsense')], { objectMode: false });
    await assert.rejects(importImage(address, { repository, tag: 'broken', files: nonsense, changes: [] }), {
      code: 'PYLON_ENGINE_REFUSED',
    });
    await assert.rejects(importImage(address, { repository, tag: 'broken', files: empty(), changes: ['NONSENSE'] }), {
      code: 'PYLON_ENGINE_REFUSED',
    });
    assert.equal(found('broken'), '');
  });

  it('and the engine’s platform are errors of their own where no engine answers', async () => {
    const nobody = { kind: 'docker', socketPath: '/nonexistent/docker.sock' } as const;
    const silent = { code: 'PYLON_ENGINE_SILENT' };
    await assert.rejects(importImage(nobody, { repository, tag: 'silent', files: empty(), changes: [] }), silent);
    await assert.rejects(removeImage(nobody, `${repository}:silent`), silent);
    await assert.rejects(enginePlatform(nobody), silent);
    assert.match((await enginePlatform(address)).version, /^\d+\./);
  });
});
