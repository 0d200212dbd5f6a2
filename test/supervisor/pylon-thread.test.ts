import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { fileAt } from '../../src/file-id.ts';
import { makeLog } from '../../src/log.ts';
import { PylonThread } from '../../src/supervisor/pylon-thread.ts';
import type { ThreadStart } from '../../src/supervisor/pylon-thread.ts';
import { makePaths, name } from '../actor/open-actor.ts';
import { until } from '../support/daemon.ts';
import { hurriedClock } from '../support/hurried-clock.ts';

function startData(t: TestContext): () => ThreadStart {
  const paths = makePaths(t);
  const databaseFile = fileAt(paths.database);
  if (databaseFile === undefined) throw new Error('makePaths makes the database');
  return () => ({
    paths,
    databaseFile,
    homeId: randomUUID(),
    engine: { kind: 'process' },
    timings: { engineSilence: 1_000, stopGrace: 500, deliveryPause: 50 },
    settings: null,
    accepting: false,
    variables: { process: {}, home: {} },
  });
}

interface Opened {
  readonly thread: PylonThread;
  readonly deaths: string[];
  readonly said: string[];
}

function open(t: TestContext, worker: string, data: () => ThreadStart): Opened {
  const deaths: string[] = [];
  const said: string[] = [];
  const thread = new PylonThread({
    name,
    workerFile: new URL(worker, import.meta.url),
    env: {},
    clock: hurriedClock(10),
    log: makeLog((line) => said.push(line.message)),
    startData: data,
    onMessage: (message) => {
      if (message.type === 'log') said.push(message.line.message);
    },
    onDeath: (reason) => deaths.push(reason),
  });
  t.after(() => thread.stop('leave', 100));
  return { thread, deaths, said };
}

describe('a thread', () => {
  test('that dies before it is ready leaves the blame for the death before it to its successor', async (t) => {
    const { thread, deaths, said } = open(t, 'fixtures/dying-worker.js', startData(t));
    thread.start();
    const told = await until('the third one is ready', () => said.find((line) => line.includes('the-job')));
    assert.equal(told, 'after a crash: true, culprit: the-job');
    assert.equal(deaths.length, 2);
    await until('it is ready', () => (thread.state === 'ready' ? true : undefined));
  });

  test('that cannot be made is tried again, and nobody else is harmed', async (t) => {
    const data = startData(t);
    let tries = 0;
    const { thread, deaths } = open(t, '../../workers/pylon.js', () => {
      tries += 1;
      if (tries < 3) throw new Error('there is no room');
      return data();
    });
    thread.start();
    await until('it is ready', () => (thread.state === 'ready' ? true : undefined));
    assert.deepEqual(deaths, ['there is no room', 'there is no room']);
  });

  test('that is stopped while another one is about to be made is made no more', async (t) => {
    let tries = 0;
    const { thread } = open(t, '../../workers/pylon.js', () => {
      tries += 1;
      throw new Error('there is no room');
    });
    thread.start();
    await until('it waits', () => (tries >= 3 && thread.state === 'backing-off' ? true : undefined));
    await Promise.all([thread.stop('leave', 100), thread.stop('kill', 100)]);
    const before = tries;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(tries, before);
    assert.equal(thread.state, 'stopped');
  });
});
