/** Requests and questions that a thread has not answered. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { fail } from '../../src/errors.ts';
import { Heartbeat } from '../../src/supervisor/heartbeat.ts';
import { PendingAsks } from '../../src/supervisor/pending-asks.ts';
import { PendingRequests } from '../../src/supervisor/pending-requests.ts';
import { Readiness } from '../../src/supervisor/readiness.ts';
import { handClock } from '../channel/hand-clock.ts';

describe('requests', () => {
  test('are answered by the thread that took them', async () => {
    const requests = new PendingRequests('p', handClock(0));
    const answer = requests.add('1');
    requests.answered('2', { status: 500, body: null });
    requests.answered('1', { status: 202, body: 'first' });
    requests.answered('1', { status: 500, body: 'second' });
    assert.deepEqual(await answer, { status: 202, body: 'first' });
  });

  test('of a dead thread are answered by what its successor finds', async () => {
    const requests = new PendingRequests('p', handClock(0));
    const answers = ['stored', 'queued', 'refused', 'lost'].map((id) => requests.add(id));
    assert.deepEqual(requests.orphans(), []);
    requests.orphaned();
    assert.deepEqual(requests.orphans(), ['stored', 'queued', 'refused', 'lost']);
    requests.stored('stored', 'running');
    requests.stored('queued', 'queued');
    requests.stored('refused', 'rejected');
    requests.stored('lost', null);
    const [stored, queued, refused, lost] = await Promise.all(answers);
    assert.deepEqual(stored, { status: 202, body: { job_id: 'stored', status: 'accepted' } });
    assert.deepEqual(queued, { status: 202, body: { job_id: 'queued', status: 'queued' } });
    for (const answer of [refused, lost]) assert.equal(answer?.status, 503);
    assert.deepEqual(requests.orphans(), []);
  });

  test('wait ten seconds for a successor, over any number of deaths', async () => {
    const clock = handClock(0);
    const requests = new PendingRequests('p', clock);
    let status = 0;
    void requests.add('1').then((answer) => (status = answer.status));
    requests.orphaned();
    await clock.advance(9_000);
    requests.orphaned();
    assert.equal(status, 0);
    await clock.advance(1_500);
    assert.equal(status, 503);
    requests.stored('1', 'pending');
  });

  test('are given up, all of them, when nobody will answer', async () => {
    const requests = new PendingRequests('p', handClock(0));
    const answers = Promise.all([requests.add('1'), requests.add('2')]);
    requests.abandon();
    for (const { status, headers } of await answers) {
      assert.equal(status, 503);
      assert.ok(Number(headers?.['retry-after']) > 0);
    }
  });
});

describe('questions', () => {
  test('are answered once each, with the answer or the error', async () => {
    const asks = new PendingAsks('p', handClock(0));
    const ids: number[] = [];
    const ask = (): Promise<unknown> =>
      asks.ask({ kind: 'jobs', limit: 1 }, (message) => {
        if (message.type === 'ask') ids.push(message.id);
        return true;
      });
    const [one, two] = [ask(), ask()];
    const { code, message } = fail('PYLON_UNKNOWN_JOB', { id: 'x' });
    asks.answered(ids[1] ?? 0, { ok: true, answer: { kind: 'jobs', jobs: [] } });
    asks.answered(ids[0] ?? 0, { ok: false, error: { code, message } });
    await assert.rejects(one, { code, message });
    assert.deepEqual(await two, { kind: 'jobs', jobs: [] });
  });

  test('fail where there is no thread, where it dies, and where it does not answer', async () => {
    const clock = handClock(0);
    const asks = new PendingAsks('p', clock);
    const restarting = { code: 'PYLON_RESTARTING' };
    await assert.rejects(
      asks.ask({ kind: 'jobs', limit: 1 }, () => false),
      restarting,
    );
    const dying = asks.ask({ kind: 'jobs', limit: 1 }, () => true);
    asks.abandon();
    await assert.rejects(dying, restarting);
    const silent = asks.ask({ kind: 'jobs', limit: 1 }, () => true).catch((error: unknown) => error);
    await clock.advance(31_000);
    assert.match(String(await silent), /restarting/);
  });
});

describe('a heartbeat', () => {
  test('tells of five beats without an answer, once', async () => {
    const clock = handClock(0);
    const beats: number[] = [];
    let silences = 0;
    const heart = new Heartbeat({ clock, ping: (beat) => beats.push(beat) });
    heart.start(() => (silences += 1));
    await clock.advance(9_500);
    heart.answered(3);
    await clock.advance(15_000);
    assert.equal(silences, 0);
    await clock.advance(3_000);
    assert.equal(silences, 1);
    await clock.advance(60_000);
    assert.equal(silences, 1);
    assert.deepEqual(beats, [1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('that is stopped beats no more', async () => {
    const clock = handClock(0);
    let beats = 0;
    const heart = new Heartbeat({ clock, ping: () => (beats += 1) });
    heart.start(() => assert.fail('it was stopped'));
    await clock.advance(4_000);
    heart.stop();
    await clock.advance(60_000);
    assert.equal(beats, 1);
  });
});

test('those who wait for a thread go on when it is ready, or when their patience ends', async () => {
  const clock = handClock(0);
  const readiness = new Readiness(clock);
  const done: string[] = [];
  void readiness.wait(1_000).then(() => done.push('patience'));
  await clock.advance(1_500);
  void readiness.wait(1_000).then(() => done.push('ready'));
  readiness.announce();
  await clock.advance(0);
  assert.deepEqual(done, ['patience', 'ready']);
});
