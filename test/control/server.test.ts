import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import type { ControlClient } from '../../src/control/client.ts';
import { controlClient } from '../../src/control/client.ts';
import type { ControlServer } from '../../src/control/server.ts';
import { controlServer } from '../../src/control/server.ts';
import { controlSocketPath } from '../../src/control/socket-path.ts';
import { makeLog } from '../../src/log.ts';
import { detail, listing, MemoryView, pylonListing } from './memory-view.ts';
import { ask } from './raw-request.ts';

const first = listing({ id: 'aaaa1111-0000-4000-8000-000000000001' });
const second = listing({
  id: 'aaaa2222-0000-4000-8000-000000000002',
  status: 'running',
  ended_at: null,
  duration_ms: null,
});

let base: string;
let home: string;
let view: MemoryView;
let server: ControlServer;
let client: ControlClient;
let logged: string[];

function makeServer(): ControlServer {
  return controlServer({ home, view, log: makeLog((line) => logged.push(line.message)) });
}

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pylon-control-'));
  home = join(base, 'home');
  view = new MemoryView(home);
  view.listings = [pylonListing({ name: 'my-sentry' })];
  view.put(detail(second));
  view.put(detail(first));
  view.logPath = join(base, 'agent.log');
  logged = [];
  client = controlClient(home);
  server = makeServer();
  await server.start();
});

afterEach(async () => {
  await server.stop();
  await rm(base, { recursive: true });
});

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk.toString();
  return text;
}

describe('the control socket', () => {
  it('answers what the daemon knows, in the shapes of the commands', async () => {
    assert.deepEqual(await client.status(), view.status());
    assert.deepEqual(await client.pylons(), view.listings);
    assert.deepEqual(await client.jobs({ pylon: 'my-sentry', status: null, limit: 10 }), [second, first]);
    assert.deepEqual(await client.jobs({ pylon: null, status: null, limit: 1 }), [second]);
    assert.deepEqual(await client.jobs({ pylon: null, status: 'done', limit: 1 }), [first]);
    assert.deepEqual(await client.job('AAAA1'), detail(first));
  });

  it('kills and retries jobs', async () => {
    assert.equal((await client.kill('aaaa2')).status, 'killed');
    assert.equal((await client.retry('aaaa1')).parent, first.id);
    assert.deepEqual(view.asked, [`kill ${second.id}`, `retry ${first.id}`]);
  });

  it('hands the daemon’s errors to the client with their code and sentence', async () => {
    await assert.rejects(client.job('aaaa'), { code: 'PYLON_AMBIGUOUS_JOB', message: /aaaa2222, aaaa1111/ });
    await assert.rejects(client.job('bbbb'), { code: 'PYLON_UNKNOWN_JOB' });
    await assert.rejects(client.kill('aaaa1'), { code: 'PYLON_JOB_ENDED' });
    await assert.rejects(client.log('bbbb', true), { code: 'PYLON_UNKNOWN_JOB' });
    await assert.rejects(client.jobs({ pylon: 'nobody', status: null, limit: 1 }), { code: 'PYLON_UNKNOWN_PYLON' });
  });

  it('answers 404 to what it does not have and 400 to parameters it cannot use', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '//'],
      ['GET', '/v1'],
      ['GET', '/v2/status'],
      ['DELETE', '/v1/jobs/aaaa1'],
      ['GET', '/v1/jobs/aaaa1/kill'],
      ['POST', '/v1/status'],
      ['GET', '/v1/jobs/aaaa1/log/more'],
    ] as const) {
      const { status, body } = await ask(home, method, path);
      assert.deepEqual([path, status, JSON.parse(body).error.code], [path, 404, 'PYLON_CONTROL_UNKNOWN']);
    }
    for (const query of ['limit=0', 'limit=10001', 'limit=1e3', 'limit=', 'status=odd']) {
      const { status, body } = await ask(home, 'GET', `/v1/jobs?${query}`);
      assert.deepEqual([query, status, JSON.parse(body).error.code], [query, 400, 'PYLON_CONTROL_QUERY']);
    }
    assert.equal((await ask(home, 'GET', '/v1/jobs/aaaa1/log?follow=yes')).status, 400);
    for (const id of ['..%2f..', '%', '%ff', 'zzz', 'a'.repeat(37)]) {
      const { status, body } = await ask(home, 'GET', `/v1/jobs/${id}`);
      assert.deepEqual([id, status, JSON.parse(body).error.code], [id, 404, 'PYLON_UNKNOWN_JOB']);
    }
    assert.deepEqual(view.asked, []);
  });

  it('answers 500 to a fault inside the daemon, logs it, and goes on', async () => {
    view.pylons = () => {
      throw new TypeError('boom');
    };
    const { status, body } = await ask(home, 'GET', '/v1/pylons');
    assert.deepEqual([status, JSON.parse(body).error.code], [500, 'PYLON_INTERNAL']);
    assert.match(logged.join('\n'), /boom/);
    assert.equal((await client.status()).version, '0.1.0');
  });

  it('answers before it begins to stop or restart', async () => {
    const called = new Promise<void>((resolve) => {
      view.onStop = resolve;
    });
    await client.stop();
    await called;
    assert.deepEqual(view.asked, ['stop']);
    await client.restart();
  });
});

describe('a job’s log on the control socket', () => {
  it('is what was written so far where nobody follows', async () => {
    assert.equal(await textOf(await client.log('aaaa2', false)), '');
    await writeFile(view.logPath, 'one\ntwo\n');
    assert.equal(await textOf(await client.log('aaaa2', false)), 'one\ntwo\n');
  });

  it('is followed from before the file is there until the job has ended and all is sent', async () => {
    const chunks = (await client.log('aaaa2', true))[Symbol.asyncIterator]();
    await writeFile(view.logPath, 'one\n');
    assert.equal((await chunks.next()).value.toString(), 'one\n');
    await appendFile(view.logPath, 'two\n');
    assert.equal((await chunks.next()).value.toString(), 'two\n');
    await appendFile(view.logPath, 'three\n');
    view.put(detail({ ...second, status: 'done' }));
    assert.equal((await chunks.next()).value.toString(), 'three\n');
    assert.equal((await chunks.next()).done, true);
  });

  it('is whole when it is large', async () => {
    const text = 'a line of the log\n'.repeat(200_000);
    await writeFile(view.logPath, text);
    assert.equal((await textOf(await client.log('aaaa1', true))).length, text.length);
  });

  it('does not follow links, nor open pipes or directories', async () => {
    await symlink('/etc/passwd', view.logPath);
    for (const follow of [false, true]) {
      await assert.rejects(client.log('aaaa1', follow), { code: 'PYLON_LOG_UNREADABLE' });
    }
    await rm(view.logPath);
    execFileSync('mkfifo', [view.logPath]);
    await assert.rejects(client.log('aaaa1', false), { code: 'PYLON_LOG_UNREADABLE', message: /not a regular file/ });
  });

  it('is cut, and the follower told so, when the daemon stops', async () => {
    await writeFile(view.logPath, 'one\n');
    const chunks = (await client.log('aaaa2', true))[Symbol.asyncIterator]();
    await chunks.next();
    const next = assert.rejects(chunks.next(), { code: 'PYLON_DAEMON_LEFT' });
    await server.stop();
    await next;
  });
});

describe('the client of the control socket', () => {
  it('says so when the answer is not one of Pylon’s, is cut, or has a code it does not know', async () => {
    await server.stop();
    const answers: Record<string, string> = {
      'not JSON': 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi!',
      'no error': 'HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\n{}',
      newer: 'HTTP/1.1 409 No\r\ncontent-length: 49\r\n\r\n{"error":{"code":"PYLON_NEWER","message":"Later"}}'.replace(
        '49',
        '50',
      ),
      cut: 'HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\n{',
      nothing: '',
    };
    for (const [what, answer] of Object.entries(answers)) {
      const odd = createServer((socket) => socket.once('data', () => socket.end(answer)));
      await new Promise<void>((resolve) => odd.listen(controlSocketPath(home), resolve));
      const code = ['cut', 'nothing'].includes(what) ? 'PYLON_DAEMON_LEFT' : 'PYLON_CONTROL_ANSWER';
      await assert.rejects(client.status(), { code }, what);
      await new Promise((resolve) => odd.close(resolve));
    }
  });
});
