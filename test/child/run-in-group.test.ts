import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { runInGroup, type RunInGroup } from '../../workers/child/run-in-group.ts';
import { startInGroup } from '../../workers/child/start-in-group.ts';
import type { Death } from './guarded-thread.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const nobody = { started: (): void => undefined, ended: (): void => undefined };

const shell = (script: string, over: Partial<RunInGroup> = {}): RunInGroup => ({
  argv: ['sh', '-c', script],
  cwd: '/',
  env,
  signal: new AbortController().signal,
  graceMs: 1_000,
  maxOutputBytes: 10_000,
  group: nobody,
  ...over,
});

test('a program gets its arguments, input, directory and environment, and its ending is told', async () => {
  const result = await runInGroup(
    shell('cat; pwd; echo "$ONE" "$1"; echo oh >&2; exit 3', {
      argv: ['sh', '-c', 'cat; pwd; echo "$ONE" "$1"; echo oh >&2; exit 3', 'sh', 'a b; $(c)'],
      cwd: '/tmp',
      env: { ...env, ONE: '1' },
      input: 'in\n',
    }),
  );
  assert.deepEqual(result, { code: 3, signal: null, stdout: 'in\n/tmp\n1 a b; $(c)\n', stderr: 'oh\n' });
});

test('a signal that ends the program is told as such', async () => {
  const result = await runInGroup(shell('kill -USR1 $$'));
  assert.deepEqual([result.code, result.signal], [null, 'SIGUSR1']);
});

test('a program that is not there, or may not be executed, rejects with the system’s code', async () => {
  await assert.rejects(runInGroup(shell('', { argv: ['no-such-program'] })), { code: 'ENOENT' });
  await assert.rejects(runInGroup(shell('', { argv: ['/etc/passwd'] })), { code: 'EACCES' });
  await assert.rejects(runInGroup(shell('true', { cwd: '/no/such/directory' })), { code: 'ENOENT' });
});

test('only the last bytes of the output are kept', async () => {
  const result = await runInGroup(shell('seq 1 100000', { maxOutputBytes: 12 }));
  assert.equal(result.stdout, '99999\n100000\n'.slice(-12));
});

test('what a program leaves behind in its group ends with it', async () => {
  const { stdout } = await runInGroup(shell('sleep 1000 >/dev/null & echo $!'));
  await gone([Number(stdout)]);
});

test('a program that left the group cannot hold up the result by keeping its output open', async () => {
  const leave = `setsid -f sh -c 'echo $$; kill -USR1 '$$'; exec sleep 1000'`;
  const { stdout } = await runInGroup(shell(`trap 'exit 0' USR1; ${leave}; while :; do sleep 0.01; done`));
  const pid = Number(stdout);
  assert.ok(isAlive(pid));
  process.kill(pid);
});

test('the program has no child that it did not start and does not hold the watcher’s pipe', async () => {
  const { stdout } = await runInGroup(shell('cat /proc/$$/task/$$/children; test -e /proc/$$/fd/3 || echo closed'));
  assert.match(stdout.replace(/\d+ /, ''), /^\s*closed\s*$/);
});

test('aborting asks the whole group to end, and kills it when it does not', async () => {
  const abort = new AbortController();
  const pids: number[] = [];
  const events: string[] = [];
  const run = runInGroup(
    shell('trap "" TERM; sleep 1000 & echo $$ $!; while :; do wait; done', {
      signal: abort.signal,
      graceMs: 100,
      onStdout: (chunk) => {
        pids.push(...Buffer.from(chunk).toString().trim().split(' ').map(Number));
        abort.abort(new Error('enough'));
      },
      group: { started: (pid) => events.push(`started ${pid}`), ended: (pid) => events.push(`ended ${pid}`) },
    }),
  );
  await assert.rejects(run, { message: 'enough' });
  assert.deepEqual(events, [`started ${pids[0]}`, `ended ${pids[0]}`]);
  await gone(pids);
});

test('an aborted signal starts nothing', async () => {
  const run = runInGroup(
    shell('true', {
      signal: AbortSignal.abort(new Error('too late')),
      group: { ...nobody, started: () => assert.fail('started') },
    }),
  );
  await assert.rejects(run, { message: 'too late' });
});

test('stopping an ended program is harmless', async () => {
  const child = await startInGroup({ argv: ['true'], cwd: '/', env, group: nobody });
  assert.deepEqual(await child.exited, { code: 0, signal: null });
  assert.deepEqual(await child.stop(0), { code: 0, signal: null });
  child.kill('SIGKILL');
});

for (const [how, what] of [
  ['wait', 'is terminated'],
  ['exit', 'calls process.exit'],
  ['throw', 'dies of an uncaught exception'],
  ['heap', 'runs out of heap'],
  ['block', 'is terminated in an endless loop'],
] as const) {
  test(`the group dies when its thread ${what}`, async () => {
    const worker = new Worker(new URL('./guarded-thread.js', import.meta.url), {
      workerData: { how } satisfies Death,
      resourceLimits: { maxOldGenerationSizeMb: 20 },
    });
    const failed = new Promise((resolve) => worker.once('error', resolve));
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    const { pids } = await new Promise<{ pids: number[] }>((resolve) => worker.once('message', resolve));
    assert.ok(pids.length === 2 && pids.every(isAlive));
    if (how === 'wait') await worker.terminate();
    if (how === 'block') {
      await pause(100);
      await worker.terminate();
    }
    if (how === 'throw' || how === 'heap') await failed;
    await exited;
    await gone(pids);
  });
}

test('a child started by another thread at the same time does not keep the group alive', async () => {
  const dying = new Worker(new URL('./guarded-thread.js', import.meta.url), {
    workerData: { how: 'exit' } satisfies Death,
  });
  const others = Array.from({ length: 8 }, () =>
    startInGroup({ argv: ['sleep', '1000'], cwd: '/', env, group: nobody }),
  );
  const { pids } = await new Promise<{ pids: number[] }>((resolve) => dying.once('message', resolve));
  const children = await Promise.all(others);
  await gone(pids);
  await Promise.all(children.map((child) => child.stop(1_000)));
});

test('the group dies when the whole process is killed', async () => {
  const entry = fileURLToPath(new URL('./guarded-process.js', import.meta.url));
  const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { pids } = JSON.parse(line.toString()) as { pids: number[] };
  assert.ok(pids.length === 2 && pids.every(isAlive));
  child.kill('SIGKILL');
  await gone(pids);
});

/** Resolves when none of `pids` runs any more; fails after five seconds. */
async function gone(pids: readonly number[]): Promise<void> {
  const until = Date.now() + 5_000;
  while (pids.some(isAlive)) {
    if (Date.now() > until) {
      const left = pids.filter(isAlive);
      left.forEach((pid) => process.kill(pid, 'SIGKILL'));
      assert.fail(`still running: ${left.join(', ')}`);
    }
    await pause(10);
  }
}

/** A zombie counts as gone: a dead thread cannot reap its children. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
