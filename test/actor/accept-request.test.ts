import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { blamed } from '../../src/protocol/blame.ts';
import type { PylonSettings, WebhookTrigger } from '../../src/protocol/settings.ts';
import { makePaths, name, openActor, settingsOf } from './open-actor.ts';

const trigger = (...secret: string[]): WebhookTrigger => ({
  type: 'webhook',
  path: `/${name}`,
  secret,
  signature: 'github',
});
const signed = (script: string, changes: Partial<PylonSettings> = {}): PylonSettings =>
  settingsOf(script, { trigger: trigger('hush'), ...changes });
const codeOf = (body: unknown): string => (body as { error: { code: string } }).error.code;
const idOf = (body: unknown): string => (body as { job_id: string }).job_id;

describe('a request', () => {
  test('is answered with its job once that is stored', async (t) => {
    const { send, whenJob } = openActor(t, { paths: makePaths(t), settings: settingsOf('echo fine') });
    const answer = await send({ n: 1 });
    assert.equal(answer.status, 202);
    assert.deepEqual(answer.body, { job_id: idOf(answer.body), status: 'accepted' });
    const job = await whenJob(idOf(answer.body));
    assert.deepEqual([job.status, job.runs[0]?.result, job.payload], ['done', 'fine', '{"n":1}']);
  });

  test('that was delivered before is a duplicate, unless its job came to nothing', async (t) => {
    const { send, whenJob } = openActor(t, { paths: makePaths(t), settings: signed('[ "$PROMPT" = ok ]; exit $?') });
    const options = { secret: 'hush', delivery: 'one' };
    const first = await send({}, options);
    assert.equal(first.status, 202);
    const again = await send({}, options);
    assert.equal(again.status, 200);
    assert.deepEqual(again.body, { job_id: idOf(first.body), status: 'duplicate' });
    assert.equal((await whenJob(idOf(first.body))).status, 'failed');
    const repeated = await send({}, options);
    assert.equal(repeated.status, 202);
    assert.notEqual(idOf(repeated.body), idOf(first.body));
    const fourth = await send({}, options);
    assert.equal(idOf(fourth.body), idOf(repeated.body), 'the new job has taken the delivery over');
  });

  test('makes one job also where its copies arrive at the same instant', async (t) => {
    const { send, ask, slots, whenJob } = openActor(t, {
      paths: makePaths(t),
      settings: signed('echo'),
      slots: 2,
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => send({}, { secret: 'hush', delivery: 'same' })));
    const taken = answers.filter(({ status }) => status === 202);
    assert.equal(taken.length, 1);
    const id = idOf(taken[0]?.body);
    for (const { status, body } of answers) if (status !== 202) assert.deepEqual([status, idOf(body)], [200, id]);
    await whenJob(id);
    const { jobs } = await ask({ kind: 'jobs', limit: 100 });
    assert.equal(jobs.length, 1);
    assert.equal(slots.snapshot().waiting, 0);
  });

  test('whose copy is being stored is a duplicate also where no slot is free', async (t) => {
    const settings = signed('sleep 5', { docker: { on_full: 'reject', min_free_disk: '1mb' } });
    const { send, ask } = openActor(t, { paths: makePaths(t), settings, slots: 1 });
    const answers = await Promise.all([1, 2, 3].map(() => send({}, { secret: 'hush', delivery: 'same' })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 200, 200],
    );
    assert.equal((await ask({ kind: 'jobs', limit: 10 })).jobs.length, 1);
  });

  test('that finds no slot is refused, and leaves a row without its payload', async (t) => {
    const settings = signed('sleep 5', { docker: { on_full: 'reject', min_free_disk: '1mb' } });
    const { send, job, ask } = openActor(t, { paths: makePaths(t), settings, slots: 1 });
    await send({}, { secret: 'hush' });
    const refused = await send({ big: true }, { secret: 'hush', delivery: 'later' });
    assert.equal(refused.status, 503);
    assert.equal(codeOf(refused.body), 'PYLON_SLOTS_FULL');
    assert.ok(Number(refused.headers?.['retry-after']) > 0);
    const row = (await ask({ kind: 'jobs', limit: 10 })).jobs.find(({ status }) => status === 'rejected');
    assert.equal((await job(row?.id ?? '')).payload, null);
  });

  test('is judged by every secret there is, and by no other', async (t) => {
    const { send, actor, slots } = openActor(t, {
      paths: makePaths(t),
      settings: settingsOf('echo', { trigger: trigger('old', 'new') }),
    });
    for (const secret of ['old', 'new']) assert.equal((await send({}, { secret })).status, 202);
    for (const options of [{ secret: 'other' }, {}]) {
      const refused = await send({}, options);
      assert.deepEqual([refused.status, codeOf(refused.body)], [401, 'PYLON_BAD_SIGNATURE']);
    }
    const rotated = settingsOf('echo', { trigger: trigger('new') });
    actor.receive({
      type: 'settings',
      settings: rotated,
      accepting: true,
      variables: { process: {}, home: {} },
    });
    assert.equal((await send({}, { secret: 'old' })).status, 401);
    assert.equal((await send({}, { secret: 'new' })).status, 202);
    assert.equal(slots.snapshot().waiting, 0);
  });

  test('is 404 while the pylon takes none, and tells a sender nothing about this machine', async (t) => {
    const draining = openActor(t, { paths: makePaths(t), settings: settingsOf('echo'), accepting: false });
    assert.equal((await draining.send({})).status, 404);
    const settings = settingsOf('echo', { trigger: { ...trigger('${GONE_SECRET}') } });
    const other = openActor(t, { paths: makePaths(t), settings });
    const refused = await other.send({}, { secret: 'hush' });
    assert.equal(refused.status, 503);
    assert.ok(!JSON.stringify(refused.body).includes('GONE_SECRET'));
    assert.ok(other.sent.some((each) => each.type === 'log' && each.line.message.includes('GONE_SECRET')));
  });

  test('that is not JSON is 400, holds no slot, and leaves nobody blamed', async (t) => {
    const { send, slots, blame, sent } = openActor(t, { paths: makePaths(t), settings: settingsOf('echo') });
    const refused = await send('{"half":');
    assert.deepEqual([refused.status, codeOf(refused.body)], [400, 'PYLON_NOT_JSON']);
    assert.equal(slots.snapshot().taken, 0);
    assert.equal(blamed(blame), undefined);
    assert.ok(!sent.some(({ type }) => type === 'slot-request'));
  });
});
