/** All pylons of a home together, with their real threads. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { randomUUID } from 'node:crypto';

import { systemClock } from '../../src/clock.ts';
import { makeLog } from '../../src/log.ts';
import { lockDatabase } from '../../src/os-lock.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';
import type { PylonFile } from '../../src/supervisor/pylon-file.ts';
import { Supervisor } from '../../src/supervisor/supervisor.ts';
import { makePaths, settingsOf } from '../actor/open-actor.ts';
import { until } from '../support/daemon.ts';

const file = (name: string, urlPath: string, changes: Partial<PylonSettings> = {}): PylonFile => ({
  kind: 'usable',
  settings: settingsOf('echo fine', { name, trigger: { type: 'webhook', path: urlPath }, ...changes }),
  served: 'yes',
  variables: { process: {}, home: {} },
});

function open(t: TestContext): { supervisor: Supervisor; home: string; said: string[] } {
  const { home } = makePaths(t, { locked: false });
  for (const name of ['a', 'b', 'c']) mkdirSync(path.join(home, 'pylons', name));
  const said: string[] = [];
  const supervisor = new Supervisor({
    home,
    homeId: randomUUID(),
    engine: { kind: 'process' },
    docker: { max_concurrent: 2, on_full: 'queue', max_queued: 10, on_stop: 'leave' },
    timings: { engineSilence: 1_000, stopGrace: 500, deliveryPause: 50 },
    clock: systemClock,
    workerFile: new URL('../../workers/pylon.js', import.meta.url),
    print: async () => undefined,
    logFor: (name) => makeLog((line) => said.push(`${name} ${line.level} ${line.message}`)),
  });
  supervisor.slots.open();
  t.after(() => supervisor.stop('kill'));
  return { supervisor, home, said };
}

const encoded = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;
const isReady = (supervisor: Supervisor, name: string): Promise<true> =>
  until(`${name} is ready`, () => (supervisor.find(name)?.threadState === 'ready' ? true : undefined));

describe('a supervisor', () => {
  test('gives a path to the pylon that has it, and to the next one once it is free, at once', async (t) => {
    const { supervisor, said } = open(t);
    await supervisor.apply('b', file('b', '/hook'));
    await supervisor.apply('a', file('a', '/hook'));
    assert.equal(supervisor.route('/hook'), 'b');
    assert.match(supervisor.find('a')?.conflict ?? '', /b/);
    assert.equal(supervisor.find('a')?.threadState, 'stopped');
    await supervisor.apply('a', file('a', '/other'));
    await Promise.all([isReady(supervisor, 'a'), isReady(supervisor, 'b')]);
    assert.deepEqual([supervisor.route('/hook'), supervisor.route('/other')], ['b', 'a']);
    await supervisor.apply('b', file('b', '/third'));
    assert.equal(supervisor.route('/hook'), undefined);
    const gone = await supervisor.deliver('/hook', [], encoded('{}'), Date.now());
    assert.equal(gone.status, 404);
    assert.equal((await supervisor.deliver('/third', [], encoded('{}'), Date.now())).status, 202);
    assert.deepEqual(
      said.filter((line) => /error|warn/.test(line)),
      [],
    );
  });

  test('stops in time also while a pylon waits for its database, and leaves all of them free', async (t) => {
    const { supervisor, home } = open(t);
    const database = (name: string): string => path.join(home, 'pylons', name, 'jobs.db');
    const stranger = lockDatabase(database('c'));
    await supervisor.apply('a', file('a', '/a'));
    const waiting = supervisor.apply('c', file('c', '/c'));
    await isReady(supervisor, 'a');
    const before = Date.now();
    await Promise.all([supervisor.stop('leave'), supervisor.stop('kill')]);
    await waiting;
    assert.ok(Date.now() - before < 3_000, `${Date.now() - before} ms`);
    stranger?.release();
    for (const name of ['a', 'c']) {
      const lock = lockDatabase(database(name));
      assert.ok(lock, name);
      lock.release();
    }
    await supervisor.apply('b', file('b', '/b'));
    assert.equal(supervisor.find('b'), undefined, 'nothing begins after a stop');
  });

  test('starts no thread for a pylon that takes no events and has no jobs', async (t) => {
    const { supervisor } = open(t);
    await supervisor.apply('a', { ...file('a', '/a'), served: 'disabled' } as PylonFile);
    await supervisor.apply('b', { kind: 'faulty', problems: ['x'], variables: { process: {}, home: {} } });
    for (const name of ['a', 'b']) assert.equal(supervisor.find(name)?.threadState, 'stopped');
    await supervisor.apply('a', file('a', '/a'));
    await isReady(supervisor, 'a');
    await supervisor.apply('a', { kind: 'faulty', problems: ['x'], variables: { process: {}, home: {} } });
    assert.equal(supervisor.route('/a'), 'a', 'the last good version stays');
    assert.equal((await supervisor.deliver('/a', [], encoded('{}'), Date.now())).status, 202);
  });
});
