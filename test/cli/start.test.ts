import assert from 'node:assert/strict';
import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';

import { mainFile, runPylon } from './run-pylon.ts';

type Daemon = ChildProcessByStdio<null, Readable, Readable>;

let home: string;
let daemon: Daemon | undefined;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'pylon-start-'));
  await mkdir(join(home, 'pylons', 'echo'), { recursive: true });
  await writeFile(join(home, 'config.yaml'), 'version: 1\nengine: process\nserver: { host: 127.0.0.1, port: 0 }\n');
  await writeFile(
    join(home, 'pylons', 'echo', 'pylon.yaml'),
    `name: echo
trigger: { type: webhook, secret: "not a secret", signature: github }
workspace: { type: none }
channel: { type: stdout }
agent: { type: command, command: [sh, -c, 'echo "$PROMPT"'], prompt: 'number {{ .body.number }}' }
`,
  );
});

afterEach(async () => {
  const running = daemon;
  daemon = undefined;
  if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
  running.kill('SIGKILL');
  await once(running, 'exit');
});

after(() => rm(home, { recursive: true }));

/** Resolves when it listens. */
async function start(): Promise<Daemon> {
  const started = spawn(process.execPath, [mainFile, 'start', '--home', home], { stdio: ['ignore', 'pipe', 'pipe'] });
  daemon = started;
  let said = '';
  await new Promise<void>((resolve, reject) => {
    started.stdout.on('data', (text) => {
      said += text;
      if (/listening on 127\.0\.0\.1:\d+/.test(said)) resolve();
    });
    started.stderr.on('data', (text) => (said += text));
    started.once('exit', () => reject(new Error(`it ended: ${said}`)));
  });
  return started;
}

describe('pylon start', () => {
  it('serves events until pylon stop, and the jobs are there with and without it', async () => {
    const running = await start();
    const sent = JSON.parse((await runPylon(home, ['test', 'echo', '--json'])).out);
    assert.equal(sent.status, 202);
    const logs = await runPylon(home, ['logs', sent.body.job_id, '-f']);
    assert.deepEqual(logs, { code: 0, out: 'number 1\n', err: '' });
    const exited = once(running, 'exit');
    const stopped = await runPylon(home, ['stop']);
    assert.deepEqual([stopped.code, stopped.err], [0, '']);
    assert.deepEqual(await exited, [0, null]);
    const [job] = JSON.parse((await runPylon(home, ['jobs', '--json'])).out);
    assert.deepEqual([job.id, job.status], [sent.body.job_id, 'done']);
  });

  it('goes on when nobody reads its output any more', async () => {
    const running = await start();
    running.stdout.destroy();
    running.stderr.destroy();
    const sent = JSON.parse((await runPylon(home, ['test', 'echo', '--json'])).out);
    await runPylon(home, ['logs', sent.body.job_id, '-f']);
    assert.equal(JSON.parse((await runPylon(home, ['list', '--json'])).out)[0].state, 'ok');
    assert.equal(running.exitCode, null);
  });

  it('comes back from pylon restart in the same process', async () => {
    const running = await start();
    const { code, out } = await runPylon(home, ['restart']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`it listens on 127\\.0\\.0\\.1:\\d+ \\(process ${running.pid}\\)`));
  });

  it('refuses unknown names, a home in use and faulty settings in one sentence each, and exits 1', async () => {
    const unknown = await runPylon(home, ['start', 'nobody']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /^There is no pylon "nobody" in .*echo/);
    const running = await start();
    const second = await runPylon(home, ['start']);
    assert.deepEqual([second.code, second.out], [1, '']);
    assert.match(second.err, new RegExp(`^The home ${home} is already served by process ${running.pid}\\.`));
    const empty = await runPylon(join(home, 'other'), ['start']);
    assert.equal(empty.code, 1);
    assert.match(empty.err, /config\.yaml.*does not exist/);
  });
});
