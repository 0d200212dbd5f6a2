/** Changes of a home's files while the daemon serves it: in force within a second, and no sender notices. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { containersOf, startDaemon, until, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { makeHome, secret, shellPylon } from '../support/home.ts';
import { homeIdOf, removeTestHome, withHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

/** For a machine that is busy with other tests; how long it really takes is a figure of the benchmarks. */
const withinMs = 15_000;

/** A pylon whose requests cost nothing: they are refused before anything is stored. */
const at = (name: string, urlPath: string, more = ''): string =>
  shellPylon(name, 'echo fine', more).replace('type: webhook,', `type: webhook, path: ${urlPath},`);

/** Resolves when a request gets `status`; rejects where that takes longer than a change may. `forged`: with a wrong secret. */
async function soon(daemon: Daemon, status: number, urlPath: string, key: string = 'wrong'): Promise<void> {
  const started = Date.now();
  for (;;) {
    const { status: found } = await daemon.send(urlPath, {}, { secret: key });
    if (found === status) return;
    if (Date.now() - started > withinMs)
      assert.fail(`${urlPath} still answers ${found} after ${Date.now() - started} ms; expected ${status}`);
    await pause(20);
  }
}

describe('a change of the files', { concurrency: 1 }, () => {
  const home = makeHome();
  let daemon: Daemon;

  before(async () => {
    ensureTestImages();
    home.config('docker: { min_free_disk: 10mb, max_concurrent: 10 }\n');
    home.pylon('steady', shellPylon('steady', 'echo fine'));
    home.pylon('changing', at('changing', '/first'));
    daemon = await startDaemon(home.home);
  });

  after(() => removeTestHome(home));

  test('of a path: the old one answers 404, the new one takes events', async () => {
    home.pylon('changing', at('changing', '/second'));
    await soon(daemon, 404, '/first');
    assert.equal((await daemon.send('/second')).status, 202);
  });

  test('of a secret in the file: the old one is refused, the new one taken', async () => {
    home.pylon('changing', at('changing', '/second').replace(secret, 'another'));
    await soon(daemon, 401, '/second', secret);
    assert.equal((await daemon.send('/second', {}, { secret: 'another' })).status, 202);
  });

  test('of a secret in .env', async () => {
    const yaml = at('changing', '/second').replace(secret, '"${HOOK}"');
    home.pylon('changing', yaml, { HOOK: 'one' });
    await soon(daemon, 202, '/second', 'one');
    home.pylon('changing', yaml, { HOOK: 'two' });
    await soon(daemon, 202, '/second', 'two');
    assert.equal((await daemon.send('/second', {}, { secret: 'one' })).status, 401);
  });

  test('that disables and enables a pylon', async () => {
    home.pylon('changing', at('changing', '/second', 'disabled: true\n'));
    await soon(daemon, 404, '/second');
    home.pylon('changing', at('changing', '/second'));
    await soon(daemon, 401, '/second');
  });

  test('that is faulty leaves the last good version, and says what is wrong, where', async () => {
    home.pylon('changing', at('changing', '/third').replace('agent:', 'agnet:'));
    await until('the fault is logged', () =>
      /\[changing\] .*last good.*pylon\.yaml:4.*agnet/.test(daemon.stderr()) ? true : undefined,
    );
    assert.equal((await daemon.send('/second')).status, 202);
    assert.equal((await daemon.send('/third')).status, 404);
    const listed = (await daemon.control.pylons()).find(({ name }) => name === 'changing');
    assert.equal(listed?.state, 'FAIL');
    assert.equal(listed.path, '/second');
    home.pylon('changing', at('changing', '/third'));
    await soon(daemon, 401, '/third');
  });

  test('that brings a pylon, also one that is moved in whole', async () => {
    home.pylon('new', shellPylon('new', 'echo fine'));
    await soon(daemon, 202, '/new', secret);
    const made = makeHome();
    const directory = made.pylon('moved', shellPylon('moved', 'echo fine'));
    renameSync(directory, path.join(home.home, 'pylons', 'moved'));
    made.remove();
    await soon(daemon, 202, '/moved', secret);
  });

  test('that gives two pylons one path: the first keeps it, and the second takes it over when it is free', async () => {
    home.pylon('changing', at('changing', '/shared'));
    await soon(daemon, 401, '/shared');
    home.pylon('a-rival', at('a-rival', '/shared').replace(secret, 'the rival’s'));
    await until('the rival is refused', async () => {
      const rival = (await daemon.control.pylons()).find(({ name }) => name === 'a-rival');
      return rival?.state === 'FAIL' && rival.problems.some((problem) => problem.includes('changing'))
        ? true
        : undefined;
    });
    assert.equal((await daemon.send('/shared')).status, 202);
    home.pylon('changing', at('changing', '/elsewhere'));
    await soon(daemon, 202, '/shared', 'the rival’s');
    assert.equal((await daemon.send('/elsewhere')).status, 202);
  });

  test('of config.yaml is taken up by a restart, and the log says so', async () => {
    writeFileSync(
      path.join(home.home, 'config.yaml'),
      'version: 1\nserver: { host: 127.0.0.1, port: 0, max_body: 1mb }\n',
    );
    await until('it is logged', () =>
      /config\.yaml has changed.*pylon restart/.test(daemon.stderr()) ? true : undefined,
    );
  });

  test('fifty times over under a steady stream of requests drops none and answers none with 5xx', async () => {
    home.config('docker: { min_free_disk: 10mb, max_concurrent: 10 }\n');
    const seen = new Map<string, number>();
    const faults: string[] = [];
    let go = true;
    const agent = new Agent({ keepAlive: true });
    const stream = async (urlPath: string, key: string, ok: readonly number[]): Promise<void> => {
      while (go) {
        const status = await post(daemon.url, urlPath, key, agent).catch((error: unknown) => String(error));
        seen.set(`${urlPath} ${status}`, (seen.get(`${urlPath} ${status}`) ?? 0) + 1);
        if (typeof status !== 'number' || !ok.includes(status)) faults.push(`${urlPath} ${status}`);
        await pause(2);
      }
    };
    const streams = [
      stream('/steady', 'wrong', [401]),
      stream('/odd', 'odd', [400, 404]),
      stream('/even', 'even', [400, 404]),
    ];
    for (let round = 0; round < 50; round += 1) {
      const name = round % 2 === 0 ? 'even' : 'odd';
      // Signed with the secret that goes with the path, and then not JSON: 404 or 400, whichever settings it met.
      home.pylon('changing', at('changing', `/${name}`).replace(secret, name));
      await pause(60);
    }
    await soon(daemon, 401, '/odd');
    go = false;
    await Promise.all(streams);
    agent.destroy();
    assert.deepEqual(faults, []);
    assert.ok((seen.get('/steady 401') ?? 0) > 100, JSON.stringify([...seen]));
    assert.ok((seen.get('/odd 400') ?? 0) > 0 && (seen.get('/even 400') ?? 0) > 0, JSON.stringify([...seen]));
  });

  test('while a request’s body is on its way: it is judged by the new settings as a whole', async () => {
    home.pylon('changing', at('changing', '/before').replace(secret, 'before'));
    await soon(daemon, 400, '/before', 'before').catch(() => undefined);
    await soon(daemon, 202, '/before', 'before');
    const { hostname, port } = new URL(daemon.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const signature = createHmac('sha256', 'before').update('{}').digest('hex');
    socket.write(
      `POST /before HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nx-hub-signature-256: sha256=${signature}\r\nconnection: close\r\n\r\n{`,
    );
    home.pylon('changing', at('changing', '/after').replace(secret, 'after'));
    await soon(daemon, 401, '/after');
    socket.write('}');
    await until('the answer is there', () => (socket.readableEnded || socket.destroyed ? true : undefined));
    assert.match(answer, /^HTTP\/1\.1 404 /);
  });
});

describe('a pylon that is removed', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('answers 404, may come again at once, and does not keep the daemon from stopping', async () => {
    await withHome(async (home) => {
      home.config('docker: { min_free_disk: 10mb, max_concurrent: 1, on_full: queue }\n');
      const long = shellPylon('gone', 'echo old; while true; do sleep 0.1; done');
      const directory = home.pylon('gone', long);
      const daemon = await startDaemon(home.home);
      const runs = (await daemon.send('/gone')).body.job_id ?? '';
      await untilJob(daemon, runs, 'running');
      const queued = (await daemon.send('/gone')).body;
      assert.equal(queued.status, 'queued');
      rmSync(directory, { recursive: true });
      await soon(daemon, 404, '/gone');
      assert.deepEqual(await daemon.control.pylons(), []);

      home.pylon('gone', shellPylon('gone', 'echo new'));
      await soon(daemon, 401, '/gone');
      const waits = (await daemon.send('/gone')).body;
      // The old run goes on for a while, and has the only slot.
      assert.equal(waits.status, 'queued');
      await pause(500);
      assert.equal((await daemon.control.job(waits.job_id ?? '')).status, 'queued');
      assert.equal(containersOf(homeIdOf(home)).length, 1);
      assert.equal((await daemon.control.status()).slots.taken, 1);

      const asked = Date.now();
      assert.equal(await daemon.end(), 0);
      assert.ok(Date.now() - asked < 10_000, `it took ${Date.now() - asked} ms to stop`);
    });
  });

  test('and made anew before anybody looked begins with a database of its own', async () => {
    await withHome(async (home) => {
      const directory = home.pylon('gone', shellPylon('gone', 'echo old'));
      const daemon = await startDaemon(home.home);
      await untilJob(daemon, (await daemon.send('/gone')).body.job_id ?? '');
      rmSync(directory, { recursive: true });
      home.pylon('gone', shellPylon('gone', 'echo new').replace(secret, 'new'));
      await soon(daemon, 202, '/gone', 'new');
      await until('the old thread has ended', () => (/was replaced/.test(daemon.stderr()) ? true : undefined));
      const id = (await daemon.send('/gone', {}, { secret: 'new' })).body.job_id ?? '';
      assert.equal((await untilJob(daemon, id)).runs[0]?.result, 'new');
      await daemon.end('SIGKILL');
      const again = await startDaemon(home.home);
      const jobs = await again.control.jobs({ pylon: 'gone', status: null, limit: 10 });
      assert.equal(jobs.length, 2);
      assert.ok(jobs.some((job) => job.id === id && job.status === 'done'));
      assert.equal(await again.end(), 0);
    });
  });

  test('has its run ended after thirty seconds, and its slot goes to the next', { timeout: 60_000 }, async () => {
    await withHome(async (home) => {
      home.config('docker: { min_free_disk: 10mb, max_concurrent: 1, on_full: queue }\n');
      const directory = home.pylon('gone', shellPylon('gone', 'while true; do sleep 0.1; done'));
      home.pylon('next', shellPylon('next', 'echo fine'));
      const daemon = await startDaemon(home.home);
      await untilJob(daemon, (await daemon.send('/gone')).body.job_id ?? '', 'running');
      rmSync(directory, { recursive: true });
      const removed = Date.now();
      await soon(daemon, 404, '/gone');
      assert.ok(!existsSync(directory));
      const next = (await daemon.send('/next')).body.job_id ?? '';
      await pause(25_000);
      assert.equal((await daemon.control.job(next)).status, 'queued');
      assert.equal((await untilJob(daemon, next)).status, 'done');
      assert.ok(Date.now() - removed < 45_000);
      assert.ok(!existsSync(directory), 'nothing of it came back');
      assert.equal(await daemon.end(), 0);
      assert.deepEqual(containersOf(homeIdOf(home)), []);
    });
  });
});

/** The status of a POST of something that is not JSON, signed with `key`. */
function post(url: string, urlPath: string, key: string, agent: Agent): Promise<number> {
  const body = 'not JSON';
  const signature = createHmac('sha256', key).update(body).digest('hex');
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${urlPath}`, {
      method: 'POST',
      agent,
      headers: { 'x-hub-signature-256': `sha256=${signature}` },
    });
    sent.on('error', reject).on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.end(body);
  });
}
