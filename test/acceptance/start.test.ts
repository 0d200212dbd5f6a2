/** Starting: what the daemon says of its pylons, and the one sentence with which it refuses a home that it cannot serve. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { runPylonCommand, startDaemon, until, untilJob } from '../support/daemon.ts';
import { startEngineProxy } from '../support/engine-proxy.ts';
import { makeHome, shellPylon } from '../support/home.ts';
import { withHome } from '../support/remove-home.ts';
import { ensureTestImages } from '../support/test-image.ts';

describe('a start', { concurrency: 1 }, () => {
  before(() => ensureTestImages());

  test('lists each pylon that it cannot serve with file, line and reason, and serves the others', async () => {
    await withHome(async (home) => {
      home.pylon('a-good-one', shellPylon('a-good-one', 'echo fine'));
      home.pylon('off', shellPylon('off', 'echo', 'disabled: true\n'));
      home.pylon('taker', shellPylon('taker', 'echo').replace('type: webhook,', 'type: webhook, path: /a-good-one,'));
      home.pylon('typo', shellPylon('typo', 'echo').replace('agent:', 'agnet:'));
      home.pylon(
        'wordy',
        'name: wordy\ntrigger: { type: webhook }\nagent: { type: command }\nlimits: { cpus: lots }\nextra: 1\nmore: 2\nthird: 3\n',
      );
      mkdirSync(path.join(home.home, 'pylons', 'empty'));
      const daemon = await startDaemon(home.home);
      const lines = daemon.stdout().split('\n');
      assert.equal(lines[0], 'Powering up pylons...');
      const line = (name: string): string => lines.find((each) => each.startsWith(`  ${name} `)) ?? '';
      assert.equal(line('a-good-one'), '  a-good-one               ok  webhook /a-good-one');
      assert.match(line('off'), /disabled/);
      assert.match(line('taker'), /^ {2}taker {20}FAIL {2}.*\/a-good-one.*a-good-one already/);
      assert.match(line('typo'), /^ {2}typo {21}FAIL {2}pylons\/typo\/pylon\.yaml:/);
      assert.match(daemon.stdout(), /pylons\/typo\/pylon\.yaml:4: .*`agnet`; did you mean `agent`\?/);
      assert.match(line('empty'), /^ {2}empty {20}FAIL {2}.*pylons\/empty\/pylon\.yaml/);
      assert.match(daemon.stdout(), /and \d more; `pylon validate wordy` shows all/);
      assert.match(lines.at(-2) ?? '', /^1 pylon active -- listening on 127\.0\.0\.1:\d+$/);

      const { body } = await daemon.send('/a-good-one');
      assert.equal((await untilJob(daemon, body.job_id ?? '')).status, 'done');
      assert.equal((await daemon.send('/typo')).status, 404);
      assert.equal((await daemon.send('/off')).status, 404);
      assert.equal(await daemon.end(), 0);
    });
  });

  test('of the named pylons serves those alone, and of an unknown name says which there are', async () => {
    await withHome(async (home) => {
      for (const name of ['one', 'two']) home.pylon(name, shellPylon(name, 'echo'));
      const refused = runPylonCommand(home.home, ['start', 'one', 'three']);
      assert.equal(refused.code, 1);
      assert.equal(refused.stdout, '');
      assert.equal(refused.stderr, `There is no pylon "three" in ${home.home}. There are: one, two.\n`);
      const daemon = await startDaemon(home.home, { names: ['one'] });
      assert.match(daemon.stdout(), /^ {2}two +not named/m);
      assert.equal((await daemon.send('/one')).status, 202);
      assert.equal((await daemon.send('/two')).status, 404);
      assert.equal(await daemon.end(), 0);
    });
  });

  test('without a usable pylon stays up, says what it waits for, and takes one that comes', async () => {
    await withHome(async (home) => {
      const daemon = await startDaemon(home.home);
      assert.match(
        daemon.stdout(),
        /No pylon is active -- listening on 127\.0\.0\.1:\d+ all the same.*pylons\/<name>\/pylon\.yaml/,
      );
      home.pylon('late', shellPylon('late', 'echo'));
      await until('the new pylon is served', async () =>
        (await daemon.send('/late')).status === 202 ? true : undefined,
      );
      assert.equal(await daemon.end(), 0);
    });
  });

  test('on a port that is in use names it and the setting, and ends', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      await withHome(async (home) => {
        home.pylon('one', shellPylon('one', 'echo'));
        writeFileSync(path.join(home.home, 'config.yaml'), `version: 1\nserver: { host: 127.0.0.1, port: ${port} }\n`);
        const refused = runPylonCommand(home.home, ['start']);
        assert.equal(refused.code, 1);
        assert.match(
          refused.stderr,
          new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: .*server\\.port.*config\\.yaml\\.$`, 'm'),
        );
      });
    } finally {
      taken.close();
    }
  });

  test('on a home in use names the process that has it, and leaves that one alone', async () => {
    await withHome(async (home) => {
      home.pylon('one', shellPylon('one', 'echo fine'));
      const daemon = await startDaemon(home.home);
      const refused = runPylonCommand(home.home, ['start']);
      assert.equal(refused.code, 1);
      assert.equal(refused.stdout, '');
      assert.equal(
        refused.stderr,
        `The home ${home.home} is already served by process ${daemon.pid}. Stop it with \`pylon stop\`, or use another home with --home.\n`,
      );
      const { body } = await daemon.send('/one');
      assert.equal((await untilJob(daemon, body.job_id ?? '')).status, 'done');
      assert.equal(await daemon.end(), 0);
    });
  });

  test('with a faulty config.yaml names the line, and ends', () => {
    const home = makeHome();
    try {
      writeFileSync(path.join(home.home, 'config.yaml'), 'version: 1\nserver:\n  prot: 8080\n');
      const refused = runPylonCommand(home.home, ['start']);
      assert.equal(refused.code, 1);
      assert.equal(refused.stdout, '');
      assert.match(refused.stderr, /config\.yaml:3: server\.prot: unknown key `prot`; did you mean `port`\?/);
    } finally {
      home.remove();
    }
  });

  test('without Docker serves its pylons all the same, and runs what waited once there is one', async () => {
    const proxy = await startEngineProxy();
    try {
      await withHome(async (home) => {
        home.pylon('one', shellPylon('one', 'echo fine'));
        await proxy.become('gone');
        const daemon = await startDaemon(home.home, { env: { DOCKER_HOST: proxy.host } });
        assert.match(daemon.stdout(), /^ {2}one +ok {2}webhook \/one$/m);
        const said = daemon
          .stderr()
          .split('\n')
          .filter((line) => line.includes(' warn '));
        assert.match(said[0] ?? '', /does not answer.*docker/i);
        const { status, body } = await daemon.send('/one');
        assert.equal(status, 202);
        await untilJob(daemon, body.job_id ?? '', 'pending');
        await proxy.become('there');
        assert.equal((await untilJob(daemon, body.job_id ?? '')).status, 'done');
        assert.equal(await daemon.end(), 0);
      });
    } finally {
      await proxy.close();
    }
  });

  test('that waits for an engine which hangs ends within ten seconds of a signal', async () => {
    const proxy = await startEngineProxy();
    try {
      await withHome(async (home) => {
        home.pylon('one', shellPylon('one', 'echo fine'));
        await proxy.become('hanging');
        const main = path.join(import.meta.dirname, '..', '..', 'src', 'main.js');
        const env = { ...process.env, DOCKER_HOST: proxy.host };
        const child = spawn(process.execPath, [main, 'start', '--home', home.home], {
          env,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        await once(child.stdout, 'data');
        const asked = Date.now();
        child.kill('SIGTERM');
        assert.deepEqual(await once(child, 'exit'), [0, null]);
        assert.ok(Date.now() - asked < 10_000, `it took ${Date.now() - asked} ms`);
      });
    } finally {
      await proxy.close();
    }
  });
});
