import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { checkHostPath } from '../../workers/engine/host-path.ts';
import { parseVolume, resolveVolumes } from '../../workers/engine/volumes.ts';

let root = '';
let home = '';
before(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'pylon-volumes-')));
  home = join(root, 'pylon-home');
  mkdirSync(join(home, 'pylons'), { recursive: true });
  mkdirSync(join(root, 'data', 'deep'), { recursive: true });
});
after(() => rmSync(root, { recursive: true, force: true }));

const check = (path: string): string => checkHostPath(path, { home, what: 'agent.volumes[0]' });
const refused = (path: string, reason: RegExp): void =>
  assert.throws(() => check(path), { code: 'PYLON_HOST_PATH', message: reason }, path);

describe('host paths', () => {
  test('an ordinary directory is given back resolved', () => {
    symlinkSync(join(root, 'data'), join(root, 'link-to-data'));
    assert.equal(check(join(root, 'link-to-data', 'deep')), join(root, 'data', 'deep'));
    assert.equal(check(`${root}/data/../data/deep/`), join(root, 'data', 'deep'));
  });

  test('a directory inside a home directory is fine, for root as well', () => {
    const inside = mkdtempSync(join(homedir(), '.pylon-volume-test-'));
    try {
      assert.equal(check(inside), realpathSync(inside));
    } finally {
      rmSync(inside, { recursive: true });
    }
  });

  test('what does not exist is refused', () => refused(join(root, 'nowhere'), /does not exist/));

  test('the root of the machine is refused, however it is spelled', () => {
    for (const path of ['/', '//', '/tmp/..', '/proc/self/root', '/proc/self/root/']) refused(path, /whole machine/);
  });

  test('system directories, what lies in them and what contains them are refused', () => {
    refused('/etc', /it is \/etc/);
    refused('/etc/ssl', /inside \/etc/);
    refused('/proc/self/environ', /inside \/proc/);
    refused('/dev/null', /inside \/dev/);
    refused('/sys/kernel', /inside \/sys/);
    refused('/var', /contains the (container engine|home directory)/);
    refused('/var/lib', /contains the (container engine|home directory)/);
    refused('/run', /engine/);
    refused('/var/run', /engine/);
  });

  test('a home directory as a whole, and what contains it, are refused', () => {
    refused(homedir(), /home directory as a whole/);
    refused('/home', /home director/);
    if (dirname(homedir()) !== '/') refused(dirname(homedir()), /home director/);
  });

  test('the Pylon home, what lies in it and what contains it are refused', () => {
    refused(home, /it is the Pylon home/);
    refused(join(home, 'pylons'), /inside the Pylon home/);
    refused(root, /contains the Pylon home/);
  });

  test('a link to a refused place is refused and named with its target', () => {
    symlinkSync('/etc', join(root, 'harmless'));
    refused(join(root, 'harmless'), /harmless \(which is \/etc\)/);
    refused(join(root, 'harmless', 'ssl'), /inside \/etc/);
    symlinkSync(home, join(root, 'elsewhere'));
    refused(join(root, 'elsewhere', 'pylons'), /inside the Pylon home/);
  });

  test('a directory that holds an engine’s socket, and the socket itself, are refused wherever they are', async () => {
    const directory = join(root, 'rootless');
    mkdirSync(directory);
    const server = createServer().listen(join(directory, 'docker.sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      refused(directory, /contains a container engine’s socket/);
      refused(join(directory, 'docker.sock'), /container engine’s socket/);
    } finally {
      server.close();
    }
  });

  test('a bind mount does not hide what a directory is', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
    const alias = join(root, 'alias');
    mkdirSync(alias);
    execFileSync('mount', ['--bind', '/etc', alias]);
    try {
      refused(alias, /under another name/);
      refused(join(alias, 'ssl'), /under another name/);
    } finally {
      execFileSync('umount', [alias]);
    }
  });
});

describe('volumes as written', () => {
  test('a volume is read-only unless it says rw', () => {
    assert.deepEqual(parseVolume('/srv/data:/data'), { source: '/srv/data', target: '/data', readOnly: true });
    assert.equal(parseVolume('/srv/data:/data:ro').readOnly, true);
    assert.equal(parseVolume('/srv/data:/data:rw').readOnly, false);
  });

  test('~ stands for the home of the daemon’s user, and a target may lie in the agent’s home', () => {
    assert.deepEqual(parseVolume('~/.aws:/home/pylon/.aws'), {
      source: join(homedir(), '.aws'),
      target: '/home/pylon/.aws',
      readOnly: true,
    });
  });

  test('what is not a volume is refused with the reason', () => {
    const faults: readonly (readonly [text: string, reason: RegExp])[] = [
      ['/data', /must be source:target/],
      ['/data:', /must be source:target/],
      ['/a:/b:rx', /must be source:target/],
      ['/a:/b:ro:z', /must be source:target/],
      ['data:/data', /absolute path or begin with/],
      ['~bob/x:/data', /absolute path or begin with/],
      ['/a:data', /absolute path in the container/],
      ['/a:/', /root/],
      ['/a:/x/../workspace', /may not hold/],
      ['/a://x', /may not hold/],
      ['/a:/workspace', /cover \/workspace/],
      ['/a:/workspace/', /cover \/workspace/],
      ['/a:/home', /cover \/home\/pylon/],
      ['/a:/home/pylon', /cover/],
      ['/a:/pylon/prompt', /lie in \/pylon/],
      ['/a:/proc/1', /lie in \/proc/],
      ['/a:/sys', /lie in \/sys/],
      ['/a:/dev/shm', /lie in \/dev/],
      ['/a:/etc', /cover \/etc/],
      ['/a:/tmp', /cover \/tmp/],
    ];
    for (const [text, reason] of faults) {
      assert.throws(() => parseVolume(text, 'agent.volumes[3]'), { code: 'PYLON_VOLUME', message: reason }, text);
    }
  });

  test('resolving follows the links of the sources and refuses a target used twice', () => {
    writeFileSync(join(root, 'data', 'file'), '');
    symlinkSync(join(root, 'data', 'file'), join(root, 'link-to-file'));
    const options = { home, what: 'agent.volumes' };
    assert.deepEqual(resolveVolumes([`${join(root, 'link-to-file')}:/x/file`], options), [
      { source: join(root, 'data', 'file'), target: '/x/file', readOnly: true },
    ]);
    const twice = [`${root}/data:/x`, `${root}/data/deep:/x:rw`];
    assert.throws(() => resolveVolumes(twice, options), {
      code: 'PYLON_VOLUME',
      message: /agent\.volumes\[1\].*\/x already/,
    });
  });
});
