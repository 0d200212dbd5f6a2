/** Stopping, restarting and coming back: what runs is left or ended as the settings say, and nothing needs cleaning. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { containersOf, runPylonCommand, startDaemon, until, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { secret, shellPylon } from '../support/home.ts';
import type { TestHome } from '../support/home.ts';
import { homeIdOf, withHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

/** Counts until it is let go, and then on to the end. */
const counting = `i=0; while [ ! -e /home/pylon/go ]; do i=$((i+1)); echo $i; sleep 0.05; done; echo "counted to $i"`;
const stubborn = `trap '' TERM; echo begin; while true; do sleep 0.1; done`;
const config = (docker: string): string => `docker: { min_free_disk: 10mb, ${docker} }\n`;

function letGo(home: TestHome, name: string, id: string): void {
  writeFileSync(path.join(home.home, 'pylons', name, 'jobs', id, 'home', 'go'), '');
}

/** Sends an event to `/<name>` and waits until its agent has printed something. */
async function running(daemon: Daemon, name: string): Promise<string> {
  const { status, body } = await daemon.send(`/${name}`);
  assert.equal(status, 202);
  const id = body.job_id ?? '';
  await untilJob(daemon, id, 'running');
  await until('the agent prints', async () => ((await logOf(daemon, id)) === '' ? undefined : true));
  return id;
}

async function logOf(daemon: Daemon, id: string): Promise<string> {
  let text = '';
  for await (const chunk of await daemon.control.log(id, false)) text += chunk.toString();
  return text;
}

/** Every number from 1 on, once each, and then the sum. */
function assertComplete(log: string): void {
  const lines = log.trimEnd().split('\n');
  const last = lines.pop();
  assert.deepEqual(
    lines,
    lines.map((_line, index) => String(index + 1)),
  );
  assert.equal(last, `counted to ${lines.length}`);
}

/** true where nobody listens, else undefined. */
function refuses(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(true));
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

async function endsWithin(daemon: Daemon, ms: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const asked = Date.now();
  assert.equal(await daemon.end(signal), 0);
  assert.ok(Date.now() - asked < ms, `it took ${Date.now() - asked} ms`);
}

describe('a stop', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('leaves running agents to the next start, which has their whole output', async () => {
    await withHome(async (home) => {
      home.pylon('steady', shellPylon('steady', counting));
      const first = await startDaemon(home.home);
      const id = await running(first, 'steady');
      await endsWithin(first, 10_000, 'SIGINT');
      assert.match(
        first.stdout(),
        /\nStopped\. 1 agent container goes on running for at most (?:14m 5\ds|15m) more; the next `pylon start` takes up what it prints\.\n$/,
      );
      assert.equal(containersOf(homeIdOf(home)).length, 1);
      const offline = runPylonCommand(home.home, ['jobs']);
      assert.match(offline.stdout, new RegExp(`${id.slice(0, 8)} .*running`));

      const second = await startDaemon(home.home);
      await until('more is printed', async () =>
        (await logOf(second, id)).split('\n').length > 20 ? true : undefined,
      );
      letGo(home, 'steady', id);
      const job = await untilJob(second, id);
      assert.equal(job.status, 'done', job.error ?? '');
      assertComplete(await logOf(second, id));
      await endsWithin(second, 10_000);
      assert.ok(second.stdout().endsWith('\nStopped.\n'));
      assert.deepEqual(containersOf(homeIdOf(home)), []);
    });
  });

  test('with `on_stop: kill` ends them, also those that ignore it, within ten seconds', async () => {
    await withHome(async (home) => {
      home.config(config('on_stop: kill'));
      home.pylon('stubborn', shellPylon('stubborn', stubborn));
      const daemon = await startDaemon(home.home);
      const id = await running(daemon, 'stubborn');
      await endsWithin(daemon, 10_000);
      assert.ok(daemon.stdout().endsWith('\nStopped.\n'), daemon.stdout());
      assert.deepEqual(containersOf(homeIdOf(home)), []);
      const shown = runPylonCommand(home.home, ['show', id, '--json']);
      const { status, error } = JSON.parse(shown.stdout) as { status: string; error: string };
      assert.equal(status, 'killed');
      assert.match(error, /on_stop: kill/);
    });
  });

  test('that is asked for twice ends at once, and the next start puts it right', async () => {
    await withHome(async (home) => {
      home.config(config('on_stop: kill'));
      home.pylon('stubborn', shellPylon('stubborn', stubborn));
      const daemon = await startDaemon(home.home);
      const id = await running(daemon, 'stubborn');
      const exited = once(daemon.process, 'exit');
      daemon.process.kill('SIGINT');
      await until('it begins to stop', () => refuses(Number(new URL(daemon.url).port)));
      const asked = Date.now();
      daemon.process.kill('SIGINT');
      assert.deepEqual(await exited, [130, null]);
      assert.ok(Date.now() - asked < 1_000);

      // How far the first stop came is not known: the engine may have ended the agent, or not have been asked to.
      const next = await startDaemon(home.home);
      await next.control.kill(id).catch((error: unknown) => assert.match(String(error), /has already ended/));
      await untilJob(next, id);
      await endsWithin(next, 10_000);
      assert.deepEqual(containersOf(homeIdOf(home)), []);
    });
  });

  test('answers the request that is in flight, and keeps its job', async () => {
    await withHome(async (home) => {
      home.pylon('quick', shellPylon('quick', 'echo fine'));
      const daemon = await startDaemon(home.home);
      const { hostname, port } = new URL(daemon.url);
      const socket = connect(Number(port), hostname);
      let answer = '';
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
      const signature = createHmac('sha256', secret).update('{}').digest('hex');
      const head = `POST /quick HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\nx-hub-signature-256: sha256=${signature}`;
      socket.write(`${head}\r\n\r\n`);
      await until('the request has arrived', () => (answer.includes('100 Continue') ? true : undefined));
      const closed = once(socket, 'close');
      const ended = daemon.end();
      await until('it takes no connections any more', () => refuses(Number(port)));
      socket.write('{}');
      await closed;
      assert.match(answer, /HTTP\/1\.1 202 Accepted/);
      assert.equal(await ended, 0);
      const [job] = JSON.parse(runPylonCommand(home.home, ['jobs', '--json']).stdout) as { id: string }[];
      assert.ok(job !== undefined && answer.includes(job.id));
    });
  });

  test('by `pylon stop` returns when the process is gone', async () => {
    await withHome(async (home) => {
      home.pylon('quick', shellPylon('quick', 'echo fine'));
      const daemon = await startDaemon(home.home);
      const exited = once(daemon.process, 'exit');
      const stopped = runPylonCommand(home.home, ['stop']);
      assert.equal(stopped.stdout, `Stopped the daemon of ${home.home} (process ${daemon.pid}).\n`);
      assert.deepEqual(await exited, [0, null]);
      const again = runPylonCommand(home.home, ['stop']);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /^No daemon serves the home /);
    });
  });

  test('by `pylon restart` comes back in the same process with config.yaml read anew, and its jobs go on', async () => {
    await withHome(async (home) => {
      home.pylon('steady', shellPylon('steady', counting));
      const daemon = await startDaemon(home.home);
      const id = await running(daemon, 'steady');
      home.config(config('max_concurrent: 7'));
      const restarted = runPylonCommand(home.home, ['restart']);
      assert.equal(restarted.code, 0, restarted.stderr);
      assert.match(
        restarted.stdout,
        new RegExp(`^Restarted the daemon of .*listens on 127\\.0\\.0\\.1:\\d+ \\(process ${daemon.pid}\\)`),
      );
      const status = await daemon.control.status();
      assert.deepEqual([status.pid, status.slots.limit, status.slots.taken], [daemon.pid, 7, 1]);
      letGo(home, 'steady', id);
      assert.equal((await untilJob(daemon, id)).status, 'done');
      assertComplete(await logOf(daemon, id));
      await endsWithin(daemon, 10_000);
    });
  });

  test('by SIGKILL leaves nothing to clean: the next start serves, and has the whole output', async () => {
    await withHome(async (home) => {
      home.pylon('steady', shellPylon('steady', counting));
      const first = await startDaemon(home.home);
      const id = await running(first, 'steady');
      assert.equal(await first.end('SIGKILL'), null);
      const second = await startDaemon(home.home);
      letGo(home, 'steady', id);
      assert.equal((await untilJob(second, id)).status, 'done');
      assertComplete(await logOf(second, id));
      const { body } = await second.send('/steady');
      letGo(home, 'steady', (await untilJob(second, body.job_id ?? '', 'running')).id);
      assert.equal((await untilJob(second, body.job_id ?? '')).status, 'done');
      await endsWithin(second, 10_000);
    });
  });
});

describe('a pylon that takes no events any more', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('because it is faulty, disabled or not named, still ends the jobs that it had', async () => {
    await withHome(async (home) => {
      home.config(config('max_concurrent: 3, on_full: queue'));
      const names = ['broken', 'off', 'unnamed'];
      for (const name of [...names, 'served']) home.pylon(name, shellPylon(name, counting));
      const first = await startDaemon(home.home);
      const ids = await Promise.all(names.map((name) => running(first, name)));
      const waiting = (await first.send('/broken')).body;
      assert.equal(waiting.status, 'queued');
      await endsWithin(first, 10_000);

      home.pylon('broken', 'name: broken\nthis is no pylon');
      home.pylon('off', shellPylon('off', counting, 'disabled: true\n'));
      const second = await startDaemon(home.home, { names: ['served', 'broken', 'off'] });
      assert.match(
        second.stdout(),
        /^ {2}broken +FAIL .*\n {2}off +disabled .*\n {2}served +ok .*\n {2}unnamed +not named /m,
      );
      for (const name of names) assert.equal((await second.send(`/${name}`)).status, 404, name);
      const states = new Map((await second.control.pylons()).map(({ name, state }) => [name, state]));
      assert.deepEqual([states.get('off'), states.get('unnamed')], ['draining', 'draining']);
      for (const [index, name] of names.entries()) letGo(home, name, ids[index] ?? '');
      for (const id of ids) {
        const job = await untilJob(second, id);
        assert.equal(job.status, 'done', `${job.pylon}: ${job.error}`);
        assertComplete(await logOf(second, id));
      }
      // The one that waited gets its turn, with the settings that were good.
      await untilJob(second, waiting.job_id ?? '', 'running');
      letGo(home, 'broken', waiting.job_id ?? '');
      const last = await untilJob(second, waiting.job_id ?? '');
      assert.equal(last.status, 'done', last.error ?? '');
      await endsWithin(second, 10_000);
    });
  });
});
