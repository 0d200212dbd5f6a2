/** One pylon with its real thread: how it starts, restarts and stops. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/clock.ts';
import { makeLog } from '../../src/log.ts';
import { lockDatabase } from '../../src/os-lock.ts';
import type { PylonPaths } from '../../src/protocol/messages.ts';
import { Pylon } from '../../src/supervisor/pylon.ts';
import type { ThreadState } from '../../src/supervisor/pylon-thread.ts';
import { RunSlots } from '../../src/supervisor/run-slots.ts';
import { makePaths, name, settingsOf } from '../actor/open-actor.ts';
import { until } from '../support/daemon.ts';
import { hurriedClock } from '../support/hurried-clock.ts';

interface Opened {
  readonly pylon: Pylon;
  readonly paths: PylonPaths;
  readonly said: string[];
  readonly whenState: (...states: readonly ThreadState[]) => Promise<true>;
}

function open(t: TestContext, options: { clock?: Clock; worker?: URL } = {}): Opened {
  const { clock = systemClock, worker = new URL('../../workers/pylon.js', import.meta.url) } = options;
  const paths = makePaths(t, { locked: false });
  const said: string[] = [];
  const slots = new RunSlots({
    limit: 3,
    maxQueued: 10,
    onGrant: (_, jobId) => pylon.send({ type: 'slot-granted', jobId }),
  });
  slots.open();
  const file = {
    kind: 'usable',
    settings: settingsOf('echo fine'),
    served: 'yes',
    variables: { process: {}, home: {} },
  } as const;
  const pylon = new Pylon(name, paths, file, {
    homeId: randomUUID(),
    engine: { kind: 'process' },
    timings: { engineSilence: 1_000, stopGrace: 500, deliveryPause: 50 },
    clock,
    slots,
    workerFile: worker,
    onFull: 'queue',
    print: async () => undefined,
    logFor: (about) => makeLog((line) => said.push(`${line.level} ${line.message}`), about),
  });
  t.after(() => pylon.stop('kill', 5_000));
  return {
    pylon,
    paths,
    said,
    whenState: (...states) =>
      until(`the thread is ${states.join(' or ')}`, () => (states.includes(pylon.threadState) ? true : undefined)),
  };
}

const encoded = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;

/** The lock is nobody's, and the file is at rest. */
function assertFree({ database }: PylonPaths): void {
  const lock = lockDatabase(database);
  assert.ok(lock, 'the database is free');
  lock.release();
  for (const suffix of ['-wal', '.lock']) assert.ok(!existsSync(`${database}${suffix}`), suffix);
}

describe('a pylon', () => {
  test('that is started twice at once has one thread', async (t) => {
    const { pylon, said, paths } = open(t);
    await Promise.all([pylon.start(), pylon.start()]);
    assert.equal(await pylon.whenReady(), true);
    const answer = await pylon.deliver(randomUUID(), [], encoded('{}'), Date.now());
    assert.equal(answer.status, 202);
    await pylon.stop('kill', 5_000);
    assert.deepEqual(
      said.filter((line) => !line.startsWith('info')),
      [],
    );
    assertFree(paths);
  });

  test('whose database is locked says so, and starts by itself when it is free', async (t) => {
    const { pylon, paths, said } = open(t, { clock: hurriedClock(20) });
    const stranger = lockDatabase(paths.database);
    await pylon.start();
    assert.match(pylon.lastDeath ?? '', /in use by another program/);
    assert.equal(said.filter((line) => /in use by another/.test(line)).length, 1);
    stranger?.release();
    await until('it is ready', () => (pylon.threadState === 'ready' ? true : undefined));
    assert.equal(pylon.lastDeath, undefined);
  });

  test('whose database is damaged says so, and starts by itself when that is mended', async (t) => {
    const { pylon, paths, said } = open(t, { clock: hurriedClock(20) });
    writeFileSync(paths.database, 'this is no database'.repeat(200));
    await pylon.start();
    await until('it says why', () => (pylon.lastDeath === undefined ? undefined : true));
    assert.match(pylon.lastDeath ?? '', /jobs\.db/);
    assert.ok(said.some((line) => /its thread ended: .*jobs\.db/.test(line)));
    // In place: its lock is on this very file.
    writeFileSync(paths.database, '');
    await until('it is ready', () => (pylon.threadState === 'ready' ? true : undefined));
    assert.equal(pylon.lastDeath, undefined);
    assert.equal((await pylon.deliver(randomUUID(), [], encoded('{}'), Date.now())).status, 202);
  });

  test('that hangs while it starts is ended and started again', async (t) => {
    const worker = new URL('fixtures/silent-worker.js', import.meta.url);
    const { pylon, said } = open(t, { clock: hurriedClock(200), worker });
    await pylon.start();
    await until('it was started twice', () =>
      said.filter((line) => /within a minute/.test(line)).length >= 2 ? true : undefined,
    );
    assert.equal(pylon.lastDeath, 'it did not start within a minute');
    const answer = await pylon.deliver(randomUUID(), [], encoded('{}'), Date.now());
    assert.equal(answer.status, 503);
  });

  test('stops in every state, twice, and leaves its database free', async (t) => {
    const states: readonly ((opened: Opened) => Promise<unknown>)[] = [
      async () => undefined,
      async ({ pylon }) => void pylon.start(),
      async ({ pylon, whenState }) => {
        void pylon.start();
        await whenState('starting', 'ready');
      },
      async ({ pylon }) => {
        await pylon.start();
        await pylon.whenReady();
      },
      async ({ pylon, paths, whenState }) => {
        writeFileSync(paths.database, 'this is no database'.repeat(200));
        void pylon.start();
        await until('it dies', () => (pylon.lastDeath === undefined ? undefined : true));
        await whenState('backing-off', 'starting');
        rmSync(paths.database);
      },
    ];
    for (const reach of states) {
      const opened = open(t);
      await reach(opened);
      await Promise.all([opened.pylon.stop('leave', 5_000), opened.pylon.stop('kill', 5_000)]);
      await opened.pylon.stop('leave', 5_000);
      assert.equal(opened.pylon.threadState, 'stopped');
      assertFree(opened.paths);
      await opened.pylon.start();
      assert.equal(opened.pylon.threadState, 'stopped', 'it does not start any more');
      assert.equal((await opened.pylon.deliver(randomUUID(), [], encoded('{}'), Date.now())).status, 503);
    }
  });

  test('that is stopped while it waits for its database takes it no more', async (t) => {
    const { pylon, paths } = open(t);
    const stranger = lockDatabase(paths.database);
    const starting = pylon.start();
    const before = Date.now();
    await pylon.stop('leave', 5_000);
    assert.ok(Date.now() - before < 1_000);
    await starting;
    stranger?.release();
    assertFree(paths);
    assert.equal(pylon.threadState, 'stopped');
  });
});
