import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { systemClock } from '../../src/clock.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import { processEngine } from '../../workers/engine/process.ts';
import { followToEnd, makeEngineHome, never, runToEnd, textOf, type EngineHome } from '../support/engine-runs.ts';

const alive = new Set<number>();
const group = { started: (pid: number) => void alive.add(pid), ended: (pid: number) => void alive.delete(pid) };
let at: EngineHome;
let engine: Engine;

before(() => {
  at = makeEngineHome();
  engine = processEngine({ pylon: 'p', clock: systemClock, group });
});
after(async () => {
  await engine.close();
  at.remove();
});

const run = (script: string, changes = {}) => runToEnd(engine, at.spec({ command: ['sh', '-c', script], ...changes }));

describe('an agent as a plain process', () => {
  test('both streams arrive, apart and in order, with the exit code', async () => {
    const { stdout, stderr, exit, chunks } = await run('echo out; echo err >&2; printf last; exit 3');
    assert.equal(stdout, 'out\nlast');
    assert.equal(stderr, 'err\n');
    assert.equal(exit.code, 3);
    const positions = chunks.map((chunk) => chunk.position);
    assert.deepEqual(positions, positions.toSorted());
  });

  test('it works in the workspace, with the job’s home and the prompt where it finds it, and nothing else of this environment', async () => {
    process.env['PYLON_TEST_SECRET'] = 'do not leak';
    const spec = at.spec({
      command: ['sh', '-c', 'pwd; cat "$PYLON_PROMPT_FILE"; echo; echo $HOME; env; echo kept > ~/file'],
      env: { PYLON_PROMPT_FILE: '/pylon/prompt', A: 'b' },
    });
    const { stdout } = await runToEnd(engine, spec);
    delete process.env['PYLON_TEST_SECRET'];
    const [pwd, prompt, home, ...env] = stdout.trim().split('\n');
    assert.deepEqual([pwd, prompt, home], [spec.workspace, 'What is in the box?', spec.home]);
    const names = env
      .map((line) => line.slice(0, line.indexOf('=')))
      .filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name));
    assert.deepEqual(names.toSorted(), ['A', 'HOME', 'LANG', 'PATH', 'PYLON_PROMPT_FILE']);
    assert.equal(readFileSync(join(spec.home, 'file'), 'utf8'), 'kept\n');
  });

  test('output of a process that has long ended waits for whoever follows it', async () => {
    const id = await engine.create(at.spec({ command: ['sh', '-c', 'seq 1 5000; echo e >&2'] }), never);
    await engine.start(id);
    while ((await engine.list()).find((one) => one.id === id)?.state !== 'ended')
      await new Promise((resolve) => setImmediate(resolve));
    const { stdout, stderr } = await followToEnd(engine, id);
    assert.equal(stdout.trim().split('\n').length, 5_000);
    assert.equal(stderr, 'e\n');
    await engine.remove(id);
  });

  test('a great deal of output arrives whole, held back by a slow reader', async () => {
    const id = await engine.create(at.spec({ command: ['sh', '-c', 'seq 1 300000'] }), never);
    await engine.start(id);
    let length = 0;
    let busy = 0;
    const slowly = async ({ bytes }: { bytes: Uint8Array }): Promise<void> => {
      busy += 1;
      assert.equal(busy, 1);
      await new Promise((resolve) => setImmediate(resolve));
      length += bytes.length;
      busy -= 1;
    };
    await engine.follow(id, undefined, slowly, never);
    assert.equal(
      length,
      Array.from({ length: 300_000 }, (_, index) => `${index + 1}\n`.length).reduce((sum, one) => sum + one),
    );
    await engine.remove(id);
  });

  test('a process that leaves the group and holds the pipes open does not keep the run from ending', async () => {
    const { stdout, exit } = await run('echo before; setsid sleep 5 & sleep 0.3; exit 0');
    assert.equal(stdout, 'before\n');
    assert.equal(exit.code, 0);
  });

  test('stopping asks, then kills, and takes the whole group along', async () => {
    const id = await engine.create(
      at.spec({ command: ['sh', '-c', "trap '' TERM; echo $$; sleep 60 & wait; sleep 60"] }),
      never,
    );
    await engine.start(id);
    const stop = new AbortController();
    const enough = new Error('seen');
    await assert.rejects(
      engine.follow(id, undefined, () => stop.abort(enough), stop.signal),
      enough,
    );
    await engine.stop(id, 200);
    assert.equal((await followToEnd(engine, id)).exit.code, 137);
    assert.equal(alive.size, 0);
    await engine.remove(id);
  });

  test('a follower that gives up does not wait for the process, and another goes on', async () => {
    const id = await engine.create(
      at.spec({ command: ['sh', '-c', 'echo one; while [ ! -e go ]; do sleep 0.02; done; echo two'] }),
      never,
    );
    await engine.start(id);
    const stop = new AbortController();
    const chunks: Parameters<Parameters<Engine['follow']>[2]>[0][] = [];
    const enough = new Error('seen');
    await assert.rejects(
      engine.follow(id, undefined, (chunk) => (chunks.push(chunk), stop.abort(enough)), stop.signal),
      enough,
    );
    assert.equal(textOf(chunks, 'stdout'), 'one\n');
    const rest = followToEnd(engine, id, chunks[0]?.position);
    const [spec] = (await engine.list()).filter((one) => one.id === id);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(at.home, 'pylons', 'p', 'jobs', spec?.jobId ?? '', 'workspace', 'go'), '');
    assert.equal((await rest).stdout, 'two\n');
    await engine.remove(id);
  });

  test('a program that is not there is told, and the run has ended', async () => {
    const spec = at.spec({ command: ['no-such-program'] });
    const id = await engine.create(spec, never);
    await assert.rejects(engine.start(id), {
      code: 'PYLON_AGENT_NOT_STARTED',
      message: /the program "no-such-program" was not found/,
    });
    assert.equal((await engine.find(spec.jobId, 1))?.state, 'ended');
    await assert.rejects(followToEnd(engine, id), { code: 'PYLON_CONTAINER_GONE' });
    await engine.remove(id);
    const empty = await engine.create(at.spec({ command: [] }), never);
    await assert.rejects(engine.start(empty), { code: 'PYLON_AGENT_NOT_STARTED', message: /agent\.command/ });
    await engine.remove(empty);
  });

  test('another engine object knows nothing of the runs, as after a restart', async () => {
    const spec = at.spec();
    const id = await engine.create(spec, never);
    const successor = processEngine({ pylon: 'p', clock: systemClock, group });
    assert.equal(await successor.find(spec.jobId, 1), undefined);
    await assert.rejects(followToEnd(successor, id), { code: 'PYLON_CONTAINER_GONE' });
    await engine.remove(id);
  });

  test('closing the engine ends its processes; twice is fine', async () => {
    const own = processEngine({ pylon: 'p', clock: systemClock, group });
    const id = await own.create(at.spec({ command: ['sleep', '60'] }), never);
    await own.start(id);
    assert.equal(alive.size, 1);
    await own.close();
    await own.close();
    assert.equal(alive.size, 0);
  });
});
