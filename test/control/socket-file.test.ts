import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, mkdtemp, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';

import type { ControlClient } from '../../src/control/client.ts';
import { controlClient } from '../../src/control/client.ts';
import type { ControlServer } from '../../src/control/server.ts';
import { controlServer } from '../../src/control/server.ts';
import { controlSocketPath, usualSocketPath } from '../../src/control/socket-path.ts';
import { makeLog } from '../../src/log.ts';
import { MemoryView } from './memory-view.ts';

let base: string;
let home: string;
let view: MemoryView;
let server: ControlServer;
let client: ControlClient;

function makeServer(): ControlServer {
  return controlServer({ home, view, log: makeLog(() => {}) });
}

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pylon-socket-'));
  home = join(base, 'home');
  view = new MemoryView(home);
  client = controlClient(home);
  server = makeServer();
  await server.start();
});

afterEach(async () => {
  await server.stop();
  await rm(base, { recursive: true });
});

describe('the file of the control socket', () => {
  it('is open to its user alone, also in a process with a careless umask', async () => {
    await server.stop();
    const before = process.umask(0);
    try {
      const watcher = new Worker(modeWatcher, { eval: true, workerData: controlSocketPath(home) });
      await new Promise((resolve) => watcher.once('message', resolve));
      server = makeServer();
      await server.start();
      const seen = new Promise<string[]>((resolve) => watcher.once('message', resolve));
      watcher.postMessage('enough');
      const modes = await seen;
      assert.deepEqual(
        modes.filter((mode) => !['700', '600'].includes(mode)),
        [],
      );
      assert.equal(modes.at(-1), '600');
      assert.equal(process.umask(0), 0);
    } finally {
      process.umask(before);
    }
    assert.equal((await lstat(join(home, 'run'))).mode & 0o777, 0o700);
  });

  it('replaces what a killed daemon left', async () => {
    await server.stop();
    const left = createServer();
    await new Promise<void>((resolve) => left.listen(`${controlSocketPath(home)}.old`, resolve));
    await rename(`${controlSocketPath(home)}.old`, controlSocketPath(home));
    await new Promise((resolve) => left.close(resolve));
    assert.ok((await lstat(controlSocketPath(home))).isSocket());
    await assert.rejects(client.status(), { code: 'PYLON_NOT_RUNNING' });

    server = makeServer();
    await server.start();
    assert.equal((await client.status()).home, home);
  });

  it('never takes the place of something that is not a socket', async () => {
    await server.stop();
    await writeFile(controlSocketPath(home), 'precious');
    server = makeServer();
    await assert.rejects(server.start(), { code: 'PYLON_CONTROL_SOCKET', message: /in the way and is not a socket/ });
    await server.stop();
    assert.ok((await lstat(controlSocketPath(home))).isFile());
  });

  it('is refused in a directory that others can write to', async () => {
    await server.stop();
    await chmod(join(home, 'run'), 0o777);
    server = makeServer();
    await assert.rejects(server.start(), { code: 'PYLON_CONTROL_SOCKET', message: /chmod 700/ });
  });

  it('is gone after a stop, and stopping twice or without a start is fine', async () => {
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    await makeServer().stop();
    await assert.rejects(lstat(controlSocketPath(home)), { code: 'ENOENT' });
    await assert.rejects(client.status(), { code: 'PYLON_NOT_RUNNING', message: new RegExp(home) });
  });

  it('lies elsewhere, with a link to it, where the home’s path is too long for a socket', async () => {
    await server.stop();
    home = join(base, 'x'.repeat(120));
    const runtime = join(base, 'runtime');
    await mkdir(runtime, { mode: 0o700 });
    const before = process.env['XDG_RUNTIME_DIR'];
    process.env['XDG_RUNTIME_DIR'] = runtime;
    server = makeServer();
    try {
      await server.start();
      assert.match(await readlink(usualSocketPath(home)), /runtime\/pylon-[0-9a-f]{16}\.sock$/);
      // A client with another environment finds it all the same.
      delete process.env['XDG_RUNTIME_DIR'];
      assert.equal((await controlClient(home).status()).home, view.home);
      assert.match(controlSocketPath(home), /\/pylon-\d+\/pylon-[0-9a-f]{16}\.sock$/);
      process.env['XDG_RUNTIME_DIR'] = runtime;
      await server.stop();
      await assert.rejects(lstat(usualSocketPath(home)), { code: 'ENOENT' });
      await assert.rejects(controlClient(home).status(), { code: 'PYLON_NOT_RUNNING' });
    } finally {
      if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
      else process.env['XDG_RUNTIME_DIR'] = before;
    }
  });
});

/** Notes each mode that the file at `workerData` is seen with, from another thread, until told that it is enough. */
const modeWatcher = `
  const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');
  const { statSync } = require('node:fs');
  const seen = [];
  parentPort.postMessage('ready');
  setImmediate(() => {
    let enough = false;
    while (!enough) {
      enough = receiveMessageOnPort(parentPort) !== undefined;
      const found = statSync(workerData, { throwIfNoEntry: false });
      const mode = found && (found.mode & 0o777).toString(8);
      if (mode && seen.at(-1) !== mode) seen.push(mode);
    }
    parentPort.postMessage(seen);
  });
`;
