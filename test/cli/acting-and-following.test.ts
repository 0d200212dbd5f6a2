import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { detail, listing } from '../control/memory-view.ts';
import { mainFile, runPylon } from './run-pylon.ts';
import type { ServedHome } from './served-home.ts';
import { servedHome } from './served-home.ts';

const done = listing({ id: 'aaaa1111-0000-4000-8000-000000000001' });
const running = listing({
  id: 'aaaa2222-0000-4000-8000-000000000002',
  status: 'running',
  ended_at: null,
  duration_ms: null,
});
const failed = listing({ id: 'bbbb3333-0000-4000-8000-000000000003', status: 'failed' });

let served: ServedHome;
let home: string;

beforeEach(async () => {
  served = await servedHome();
  home = served.home;
  served.view.logPath = join(home, 'agent.log');
  for (const job of [failed, running, done]) served.view.put(detail(job));
});

afterEach(() => served.remove());

describe('pylon logs -f', () => {
  it('prints what the agent prints until the job has ended', async () => {
    await writeFile(served.view.logPath, 'one\n');
    const child = spawn(process.execPath, [mainFile, 'logs', 'aaaa2', '-f', '--home', home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    child.stdout.setEncoding('utf8');
    assert.deepEqual(await once(child.stdout, 'data'), ['one\n']);
    await appendFile(served.view.logPath, 'two\n');
    assert.deepEqual(await once(child.stdout, 'data'), ['two\n']);
    served.view.put(detail({ ...running, status: 'done' }));
    assert.deepEqual(await exited, [0, null]);
  });

  it('says so when the daemon goes away', async () => {
    await writeFile(served.view.logPath, 'one\n');
    const child = spawn(process.execPath, [mainFile, 'logs', 'aaaa2', '-f', '--home', home], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    await served.stopServing();
    const [error] = await once(child.stderr, 'data');
    assert.match(String(error), /^The daemon went away before everything was sent\./);
    assert.deepEqual(await exited, [1, null]);
  });

  it('ends quietly when nobody reads on', async () => {
    await writeFile(served.view.logPath, 'a line of the log\n'.repeat(100_000));
    const child = spawn(process.execPath, [mainFile, 'logs', 'aaaa2', '-f', '--home', home], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (text) => (err += text));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.equal(err, '');
  });
});

describe('acting commands', () => {
  it('kill and retry a job and say what became of it', async () => {
    const kill = await runPylon(home, ['kill', 'aaaa2']);
    assert.deepEqual([kill.code, kill.out], [0, 'Job aaaa2222 of my-sentry is killed.\n']);
    const ended = await runPylon(home, ['kill', 'aaaa1']);
    assert.deepEqual([ended.code, ended.err], [1, 'Job aaaa1111 has already ended (done).\n']);
    const retry = await runPylon(home, ['retry', 'bbbb', '--json']);
    assert.deepEqual([JSON.parse(retry.out).parent, JSON.parse(retry.out).trigger], [failed.id, 'retry']);
    assert.deepEqual(served.view.asked, [`kill ${running.id}`, `retry ${failed.id}`]);
  });

  it('stop waits until the daemon’s process has ended', async () => {
    const daemon = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    served.view.pid = daemon.pid ?? 0;
    let left = false;
    served.view.onStop = () => {
      void served.stopServing().then(() => {
        left = true;
        daemon.stdin.end();
      });
    };
    const { code, out } = await runPylon(home, ['stop']);
    assert.deepEqual([code, out, left], [0, `Stopped the daemon of ${home} (process ${daemon.pid}).\n`, true]);
    assert.notEqual(daemon.exitCode, null);
  });

  it('restart waits for the daemon’s successor and says where it listens', async () => {
    served.view.onStop = () => {
      served.view.startedAt = '2026-11-21T03:00:00.000Z';
    };
    const { code, out } = await runPylon(home, ['restart']);
    assert.deepEqual([code, served.view.asked], [0, ['restart']]);
    assert.equal(out, `Restarted the daemon of ${home}: it listens on 127.0.0.1:8080 (process ${process.pid}).\n`);
  });
});
