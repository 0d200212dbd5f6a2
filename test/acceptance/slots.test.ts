/** How many agents run at once, who waits, who is refused and who is next: seen from the engine's side. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { containersOf, runPylonCommand, startDaemon, until, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { shellPylon } from '../support/home.ts';
import type { TestHome } from '../support/home.ts';
import { homeIdOf, withHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

const held = 'while [ ! -e /home/pylon/go ]; do sleep 0.05; done; echo fine';
const config = (docker: string): string => `docker: { min_free_disk: 10mb, ${docker} }\n`;

function letGo(home: TestHome, name: string, id: string): void {
  writeFileSync(path.join(home.home, 'pylons', name, 'jobs', id, 'home', 'go'), '');
}

interface Watch {
  /** The pylons whose containers were started, in order. */
  readonly started: readonly string[];
  /** How many ran at once at most. */
  readonly most: number;
  stop(): void;
}

/** Watches the engine itself, which knows nothing of slots. */
function watchEngine(homeId: string): Watch {
  const filters = [`label=pylon.home=${homeId}`, 'event=start', 'event=die'].flatMap((filter) => ['--filter', filter]);
  const format = '{{.Action}} {{index .Actor.Attributes "pylon.name"}}';
  // From a moment ago: whatever happens from now on is in it, however late the stream opens.
  const since = String(Math.floor(Date.now() / 1_000) - 1);
  const child = spawn('docker', ['events', '--since', since, ...filters, '--format', format], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const started: string[] = [];
  let now = 0;
  const watch = { started, most: 0, stop: () => void child.kill() };
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [action, name = ''] = line.split(' ');
      if (action === 'start') started.push(name);
      now += action === 'start' ? 1 : -1;
      watch.most = Math.max(watch.most, now);
    }
  });
  return watch;
}

async function accepted(daemon: Daemon, name: string, status = 'accepted'): Promise<string> {
  const answer = await daemon.send(`/${name}`);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  assert.equal(answer.body.status, status);
  return answer.body.job_id ?? '';
}

describe('slots', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('are never exceeded, also over a restart and a SIGKILL, and go round between the pylons', async () => {
    await withHome(async (home) => {
      home.config(config('max_concurrent: 2, on_full: queue, max_queued: 50'));
      for (const name of ['many', 'few']) home.pylon(name, shellPylon(name, 'sleep 0.3; echo fine'));
      home.pylon('one-by-one', shellPylon('one-by-one', 'sleep 0.3; echo fine', 'limits: { max_concurrent: 1 }\n'));
      const first = await startDaemon(home.home);
      const watch = watchEngine(homeIdOf(home));
      try {
        const answers = await Promise.all(
          [...Array.from({ length: 8 }, () => '/many'), '/few', '/few', '/one-by-one', '/one-by-one'].map((urlPath) =>
            first.send(urlPath),
          ),
        );
        const ids = answers.map(({ status, body }) => {
          assert.equal(status, 202);
          return body.job_id ?? '';
        });
        await until('some have run', () => (watch.started.length >= 4 ? true : undefined));
        assert.equal(await first.end(), 0);
        const second = await startDaemon(home.home);
        await until('more have run', () => (watch.started.length >= 6 ? true : undefined));
        await second.end('SIGKILL');
        const third = await startDaemon(home.home);
        for (const id of ids) assert.equal((await untilJob(third, id)).status, 'done');
        assert.equal(await third.end(), 0);
        await until('the engine has told of all', () => (watch.started.length === ids.length ? true : undefined));
        assert.equal(watch.most, 2);
        // The two of `few` do not wait for the eight of `many`.
        assert.ok(watch.started.lastIndexOf('few') < watch.started.lastIndexOf('many') - 1, watch.started.join(' '));
        assert.deepEqual(containersOf(homeIdOf(home)), []);
      } finally {
        watch.stop();
      }
    });
  });

  test('that are all taken refuse an event with 503, and remember it without its payload', async () => {
    await withHome(async (home) => {
      home.config(config('max_concurrent: 1'));
      home.pylon('only', shellPylon('only', held));
      const daemon = await startDaemon(home.home);
      const runs = await accepted(daemon, 'only');
      const refused = await daemon.send('/only', { wanted: 'in vain' }, { delivery: 'delivery-1' });
      assert.equal(refused.status, 503);
      assert.equal(refused.body.error?.code, 'PYLON_SLOTS_FULL');
      assert.match(refused.body.error.message, /^No slot is free \(there are 1\), and /);
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      const [row] = await daemon.control.jobs({ pylon: 'only', status: 'rejected', limit: 5 });
      assert.ok(row !== undefined);
      const rejected = await daemon.control.job(row.id);
      assert.deepEqual([rejected.payload, rejected.started_at, rejected.deliveries], [null, null, []]);
      assert.match(rejected.error ?? '', /slot/);
      const retried = runPylonCommand(home.home, ['retry', row.id]);
      assert.equal(retried.code, 1);
      assert.match(retried.stderr, /has no stored payload to run again \(it was rejected\)/);

      await untilJob(daemon, runs, 'running');
      letGo(home, 'only', runs);
      assert.equal((await untilJob(daemon, runs)).status, 'done');
      // The sender's next try of the same delivery is a new event, as nothing of it was stored.
      const again = await until('the slot is free', async () => {
        const answer = await daemon.send('/only', { wanted: 'again' }, { delivery: 'delivery-1' });
        return answer.status === 202 ? answer : undefined;
      });
      const id = again.body.job_id ?? '';
      await untilJob(daemon, id, 'running');
      letGo(home, 'only', id);
      assert.equal((await untilJob(daemon, id)).status, 'done');
      const repeated = await daemon.send('/only', { wanted: 'again' }, { delivery: 'delivery-1' });
      assert.deepEqual([repeated.status, repeated.body], [200, { job_id: id, status: 'duplicate' }]);
      assert.equal(await daemon.end(), 0);
    });
  });

  test('make events wait in order where `on_full` is `queue`, up to `max_queued`; waiting ones can be killed and ended ones retried', async () => {
    await withHome(async (home) => {
      home.config(config('max_concurrent: 1, on_full: queue, max_queued: 3'));
      home.pylon('main', shellPylon('main', held));
      home.pylon('modest', shellPylon('modest', held, 'limits: { max_queued: 1 }\n'));
      const daemon = await startDaemon(home.home);
      const runs = await accepted(daemon, 'main');
      const second = await accepted(daemon, 'main', 'queued');
      const third = await accepted(daemon, 'main', 'queued');
      const other = await accepted(daemon, 'modest', 'queued');
      for (const [name, reason] of [
        ['modest', /limits\.max_queued/],
        ['main', /docker\.max_queued/],
      ] as const) {
        const refused = await daemon.send(`/${name}`);
        assert.equal(refused.status, 503);
        assert.equal(refused.body.error?.code, 'PYLON_SLOTS_FULL');
        assert.match(refused.body.error.message, reason);
      }
      await untilJob(daemon, runs, 'running');

      const killed = runPylonCommand(home.home, ['kill', second.slice(0, 8)]);
      assert.equal(killed.stdout, `Job ${second.slice(0, 8)} of main is killed.\n`);
      const notEnded = runPylonCommand(home.home, ['retry', third]);
      assert.equal(notEnded.code, 1);
      assert.match(notEnded.stderr, /has not ended yet \(queued\)/);
      // Retried ones always wait, whatever the limits of the queue; what they leave free another event takes.
      const retried = runPylonCommand(home.home, ['retry', second, '--json']);
      const again = JSON.parse(retried.stdout) as { id: string; status: string; parent: string; trigger: string };
      assert.deepEqual([again.status, again.parent, again.trigger], ['queued', second, 'retry']);
      const fourth = await accepted(daemon, 'main', 'queued');

      const order: string[] = [];
      const waiting = new Map([
        [runs, 'main'],
        [third, 'main'],
        [other, 'modest'],
        [again.id, 'main'],
        [fourth, 'main'],
      ]);
      while (waiting.size > 0) {
        const id = await until('the next one runs', async () => {
          const [job] = await daemon.control.jobs({ pylon: null, status: 'running', limit: 5 });
          return job !== undefined && waiting.has(job.id) ? job.id : undefined;
        });
        order.push(id);
        assert.equal(containersOf(homeIdOf(home)).length, 1);
        letGo(home, waiting.get(id) ?? '', id);
        waiting.delete(id);
        assert.equal((await untilJob(daemon, id)).status, 'done');
      }
      // Between pylons by turns, within one in order: `modest` does not wait for all of `main`.
      assert.deepEqual(order, [runs, other, third, again.id, fourth]);
      const events = (await daemon.control.job(second)).timeline.map(({ status }) => status);
      assert.deepEqual(events, ['queued', 'killed']);
      assert.equal(await daemon.end(), 0);
    });
  });
});
