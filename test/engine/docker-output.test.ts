import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { systemClock } from '../../src/clock.ts';
import { makeLog } from '../../src/log.ts';
import { removeHomeFromEngine } from '../../workers/engine/docker-containers.ts';
import { dockerEngine } from '../../workers/engine/docker.ts';
import { engineAddress } from '../../workers/engine/engine-address.ts';
import type { Engine, OutputChunk } from '../../workers/engine/engine.ts';
import { followToEnd, makeEngineHome, never, runToEnd, textOf, type EngineHome } from '../support/engine-runs.ts';
import { ensureTestImages } from '../support/test-image.ts';

const address = engineAddress(process.env);
const log = makeLog(() => undefined);
let at: EngineHome;
let engine: Engine;
const open = (): Engine =>
  dockerEngine(address, { homeId: at.homeId, pylon: 'p', home: at.home, log, clock: systemClock });

before(() => {
  ensureTestImages();
  at = makeEngineHome();
  engine = open();
});
after(async () => {
  await engine.close();
  await removeHomeFromEngine(address, at.homeId);
  at.remove();
});

const run = (script: string, changes = {}) => runToEnd(engine, at.spec({ command: ['sh', '-c', script], ...changes }));

/** Starts `script` and gives its container to `use`, which is removed afterwards. */
async function started(script: string, use: (id: string) => Promise<void>, changes = {}): Promise<void> {
  const id = await engine.create(at.spec({ command: ['sh', '-c', script], ...changes }), never);
  try {
    await engine.start(id);
    await use(id);
  } finally {
    await engine.remove(id);
  }
}

/** The output after `since` until `enough` says so. */
async function followUntil(
  id: string,
  since: string | undefined,
  enough: (chunks: readonly OutputChunk[]) => boolean,
): Promise<OutputChunk[]> {
  const chunks: OutputChunk[] = [];
  const stop = new AbortController();
  const enoughSeen = new Error('enough seen');
  const onChunk = (chunk: OutputChunk): void => {
    if (stop.signal.aborted) return;
    chunks.push(chunk);
    if (enough(chunks)) stop.abort(enoughSeen);
  };
  await assert.rejects(engine.follow(id, since, onChunk, stop.signal), enoughSeen);
  return chunks;
}

describe('output', () => {
  test('both streams arrive, apart, with the exit code', async () => {
    const { stdout, stderr, exit } = await run('echo out; echo err >&2; printf "no newline"; exit 3');
    assert.equal(stdout, 'out\nno newline');
    assert.equal(stderr, 'err\n');
    assert.equal(exit.code, 3);
    assert.equal(exit.outOfMemory, false);
    assert.ok(Math.abs(Date.now() - exit.endedAt) < 30_000);
  });

  test('output arrives while the agent runs', async () => {
    await started('echo first; while [ ! -e /workspace/go ]; do sleep 0.05; done; echo second', async (id) => {
      const chunks = await followUntil(id, undefined, (seen) => textOf(seen, 'stdout') === 'first\n');
      assert.equal((await engine.list()).find((one) => one.id === id)?.state, 'running');
      assert.equal(textOf(chunks, 'stdout'), 'first\n');
    });
  });

  test('bytes stay as they are, also in lines that the engine cuts inside a character', async () => {
    const { chunks } = await run(
      `printf 'a\\377b\\n'; head -c 16383 /dev/zero | tr '\\0' x; printf '\\303\\251\\n'; printf 'after\\n'`,
    );
    const bytes = Buffer.concat(chunks.map((chunk) => chunk.bytes));
    assert.equal(bytes.subarray(0, 4).toString('hex'), '61ff620a');
    assert.equal(bytes.subarray(4).toString('utf8'), `${'x'.repeat(16383)}é\nafter\n`);
  });

  test('a line of a megabyte arrives whole, and its newline with it', async () => {
    const { stdout } = await run("head -c 1000000 /dev/zero | tr '\\0' y; echo; echo end");
    assert.ok(stdout === `${'y'.repeat(1_000_000)}\nend\n`);
  });

  test('an ended container’s output can be read again from the start', async () => {
    await started('seq 1 1000', async (id) => {
      const first = await followToEnd(engine, id);
      const again = await followToEnd(engine, id);
      assert.equal(first.stdout.split('\n').length, 1001);
      assert.equal(again.stdout, first.stdout);
    });
  });

  test('every position takes the output up exactly where it stood', async () => {
    const script =
      "for i in $(seq 12); do echo out $i; sleep 0.02; echo err $i >&2; done; head -c 50000 /dev/zero | tr '\\0' z; echo; echo end";
    await started(script, async (id) => {
      const { chunks } = await followToEnd(engine, id);
      const whole = { stdout: textOf(chunks, 'stdout'), stderr: textOf(chunks, 'stderr') };
      assert.ok(chunks.length > 5);
      const step = Math.ceil(chunks.length / 12);
      for (let index = 0; index < chunks.length; index += step) {
        const rest = await followToEnd(engine, id, chunks[index]?.position);
        const seen = chunks.slice(0, index + 1);
        assert.ok(textOf(seen, 'stdout') + rest.stdout === whole.stdout, `stdout after chunk ${index}`);
        assert.ok(textOf(seen, 'stderr') + rest.stderr === whole.stderr, `stderr after chunk ${index}`);
      }
    });
  });

  test('a successor goes on in the middle of a running agent’s output, without a gap or a repetition', async () => {
    await started(
      'for i in $(seq 2000); do echo $i; done; sleep 0.3; for i in $(seq 2001 2010); do echo $i; done',
      async (id) => {
        const first = await followUntil(id, undefined, (seen) => textOf(seen, 'stdout').length > 500);
        const successor = open();
        const rest = await followToEnd(successor, id, first.at(-1)?.position);
        await successor.close();
        const lines = (textOf(first, 'stdout') + rest.stdout).trim().split('\n');
        assert.deepEqual(
          lines,
          Array.from({ length: 2010 }, (_, index) => String(index + 1)),
        );
      },
    );
  });

  test('a slow reader holds the stream back and loses nothing', async () => {
    await started('seq 1 60000', async (id) => {
      let busy = 0;
      let text = '';
      await engine.follow(
        id,
        undefined,
        async (chunk) => {
          busy += 1;
          assert.equal(busy, 1);
          await new Promise((resolve) => setImmediate(resolve));
          text += Buffer.from(chunk.bytes).toString();
          busy -= 1;
        },
        never,
      );
      assert.equal(text.trim().split('\n').length, 60_000);
    });
  });

  test('of a flood that outgrows the engine’s log, the end is there', async () => {
    // 80 MB, of which the engine keeps at least 32 MB.
    await started(
      "long=$(head -c 16000 /dev/zero | tr '\\0' x); for i in $(seq 5000); do echo $long $i; done; echo the end",
      async (id) => {
        let tail = Buffer.alloc(0);
        const onChunk = (chunk: OutputChunk): void => {
          tail = Buffer.concat([tail, chunk.bytes]);
          if (tail.length > 8 << 20) tail = Buffer.from(tail.subarray(-2 << 20));
        };
        const exit = await engine.follow(id, undefined, onChunk, never);
        assert.equal(exit.code, 0);
        const lines = tail
          .toString()
          .slice(-2 << 20)
          .trim()
          .split('\n')
          .slice(1);
        assert.equal(lines.pop(), 'the end');
        const numbers = lines.map((line) => Number(line.split(' ')[1]));
        assert.equal(numbers.at(-1), 5_000);
        assert.ok(numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1));
      },
    );
  });

  test('what onChunk throws ends the following and is passed on', async () => {
    await started('echo hello; sleep 30', async (id) => {
      const refusal = new Error('disk full');
      await assert.rejects(
        engine.follow(id, undefined, () => Promise.reject(refusal), never),
        refusal,
      );
    });
  });
});

describe('the life of a container', () => {
  test('the image’s own entry point runs where there is no command', async () => {
    const { exit } = await runToEnd(engine, at.spec({ command: [] }));
    assert.equal(exit.code, 0);
  });

  test('making a run’s container again replaces what was left of the first attempt', async () => {
    const spec = at.spec();
    const first = await engine.create(spec, never);
    const second = await engine.create(spec, never);
    assert.notEqual(first, second);
    assert.deepEqual(
      (await engine.list()).filter((one) => one.jobId === spec.jobId).map((one) => one.id),
      [second],
    );
    await engine.remove(second);
  });

  test('a run is found by its labels in each of its states, and only by its own pylon', async () => {
    const spec = at.spec({ command: ['sh', '-c', 'sleep 60'], run: 7 });
    const id = await engine.create(spec, never);
    const state = async (): Promise<string | undefined> => (await engine.find(spec.jobId, 7))?.state;
    assert.equal(await state(), 'created');
    await engine.start(id);
    assert.equal(await state(), 'running');
    assert.equal(await engine.find(spec.jobId, 1), undefined);
    const other = dockerEngine(address, { homeId: at.homeId, pylon: 'q', home: at.home, log, clock: systemClock });
    assert.equal(await other.find(spec.jobId, 7), undefined);
    await other.close();
    await engine.stop(id, 0);
    assert.equal(await state(), 'ended');
    await engine.remove(id);
    assert.equal(await state(), undefined);
  });

  test('starting what runs, or has run, changes nothing', async () => {
    await started('echo once >> /workspace/starts; sleep 0.2', async (id) => {
      await engine.start(id);
      await followToEnd(engine, id);
      await engine.start(id);
      assert.equal((await engine.list()).find((one) => one.id === id)?.state, 'ended');
    });
  });

  test('stopping asks first: an agent that listens ends by itself', async () => {
    await started("trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.05; done", async (id) => {
      await followUntil(id, undefined, (seen) => textOf(seen, 'stdout') === 'up\n');
      await engine.stop(id, 10_000);
      const { stdout, exit } = await followToEnd(engine, id);
      assert.equal(stdout, 'up\nbye\n');
      assert.equal(exit.code, 9);
    });
  });

  test('stopping kills an agent that does not listen, after the grace', async () => {
    await started("trap '' TERM; echo up; while :; do sleep 0.05; done", async (id) => {
      await followUntil(id, undefined, (seen) => textOf(seen, 'stdout') === 'up\n');
      const before = Date.now();
      await engine.stop(id, 1_000);
      assert.ok(Date.now() - before >= 900);
      assert.equal((await followToEnd(engine, id)).exit.code, 137);
    });
  });

  test('stopping and removing are harmless on what has ended, was never started or is unknown', async () => {
    const id = await engine.create(at.spec(), never);
    await engine.stop(id, 0);
    await engine.remove(id);
    await engine.stop(id, 0);
    await engine.remove(id);
  });

  test('aborting while a container is being made leaves none behind', async () => {
    const spec = at.spec();
    const giveUp = new AbortController();
    const making = engine.create(spec, giveUp.signal);
    giveUp.abort(new Error('too late'));
    await assert.rejects(making, { message: 'too late' });
    // The engine has taken this one after that one, and undoing comes later still.
    await engine.remove(await engine.create(at.spec(), never));
    while ((await engine.find(spec.jobId, 1)) !== undefined) await new Promise((resolve) => setImmediate(resolve));
  });
});
