import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { lockDatabase } from '../../src/os-lock.ts';
import { changeStatus } from '../../workers/store/change-status.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { openStore } from '../../workers/store/open-store.ts';
import { runPylon } from './run-pylon.ts';

const minute = 60_000;
const noon = Date.parse('2026-11-20T12:00:00Z');

let home: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'pylon-offline-'));
  await mkdir(join(home, 'pylons'));
  await writeFile(
    join(home, 'config.yaml'),
    'version: 1\nengine: process\nserver: { public_url: https://hooks.example }\n',
  );
  await pylon(
    'alpha',
    'name: alpha\ntrigger: { type: webhook }\nworkspace: { type: none }\nagent: { type: command, command: [cat] }\n',
  );
  await pylon('beta', 'name: beta\ntrigger: { type: webhook }\nwrong: yes\n');
  await pylon(
    'gamma',
    'name: gamma\ndisabled: true\ntrigger: { type: webhook }\nworkspace: { type: none }\nagent: { type: command, command: [cat] }\n',
  );
  store('alpha', [
    ['aaaa0001-0000-4000-8000-000000000000', 0, 'done'],
    ['aaaa0003-0000-4000-8000-000000000000', 2, 'running'],
  ]);
  store('beta', [['bbbb0002-0000-4000-8000-000000000000', 1, 'failed']]);
  const directory = join(home, 'pylons', 'alpha', 'jobs', 'aaaa0003-0000-4000-8000-000000000000');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'agent.log'), 'what it said\n');
});

after(() => rm(home, { recursive: true }));

async function pylon(name: string, text: string): Promise<void> {
  await mkdir(join(home, 'pylons', name));
  await writeFile(join(home, 'pylons', name, 'pylon.yaml'), text);
}

type Made = readonly [id: string, minutes: number, status: 'done' | 'failed' | 'running'];

function store(name: string, jobs: readonly Made[]): void {
  const file = join(home, 'pylons', name, 'jobs.db');
  const lock = lockDatabase(file);
  assert.ok(lock);
  const opened = openStore(file);
  for (const [id, minutes, status] of jobs) {
    const at = noon + minutes * minute;
    insertJob(opened, {
      id,
      pylon: name,
      status: 'pending',
      trigger: 'webhook',
      createdAt: at,
      scheduledAt: null,
      parent: null,
      payload: '{"n":1}',
      headers: {},
      eventId: null,
      countsAsQueued: false,
      error: null,
    });
    changeStatus(opened, id, 'running', at + 1_000);
    if (status !== 'running')
      changeStatus(opened, id, status, at + 11_000, { run: { result: 'All is well.', exitCode: 0 } });
  }
  opened.close();
  lock.release();
}

describe('reading commands without a daemon', () => {
  it('list the jobs of all pylons, newest first', async () => {
    const { code, out, err } = await runPylon(home, ['jobs', '--json']);
    assert.deepEqual([code, err], [0, '']);
    const jobs = JSON.parse(out);
    assert.deepEqual(
      jobs.map(({ id, pylon: name, status }: { id: string; pylon: string; status: string }) => [
        id.slice(0, 8),
        name,
        status,
      ]),
      [
        ['aaaa0003', 'alpha', 'running'],
        ['bbbb0002', 'beta', 'failed'],
        ['aaaa0001', 'alpha', 'done'],
      ],
    );
    assert.equal(jobs[1].duration_ms, 10_000);
    assert.equal(JSON.parse((await runPylon(home, ['jobs', '--json', '--limit', '1'])).out).length, 1);
    assert.equal(JSON.parse((await runPylon(home, ['jobs', 'alpha', '--json', '--status', 'done'])).out).length, 1);
  });

  it('show one job, and its output', async () => {
    const show = await runPylon(home, ['show', 'AAAA0001']);
    assert.match(show.out, /^aaaa0001-0000-4000-8000-000000000000 {2}done$/m);
    assert.match(show.out, /^ {2}result\n {4}All is well\.$/m);
    const logs = await runPylon(home, ['logs', 'aaaa0003', '-f']);
    assert.deepEqual([logs.code, logs.out], [0, 'what it said\n']);
    assert.match(
      logs.err,
      /^Job aaaa0003 is running, but no daemon is running to go on with it: `pylon start` does\.\n$/,
    );
    assert.deepEqual(await runPylon(home, ['logs', 'aaaa0001', '-f']), { code: 0, out: '', err: '' });
  });

  it('list the pylons as their files have them', async () => {
    const { code, out, err } = await runPylon(home, ['list', '--json']);
    assert.deepEqual([code, err], [0, '']);
    const [alpha, beta, gamma] = JSON.parse(out);
    assert.deepEqual([alpha.state, alpha.url], ['ok', 'https://hooks.example/alpha']);
    assert.deepEqual([alpha.counts.total, alpha.counts.running, alpha.counts.last.id.slice(0, 8)], [2, 1, 'aaaa0003']);
    assert.equal(beta.state, 'FAIL');
    assert.match(beta.problems.join('\n'), /pylons\/beta\/pylon\.yaml:3.*wrong/);
    assert.deepEqual([gamma.state, gamma.counts.total], ['disabled', 0]);
    const people = await runPylon(home, ['list']);
    assert.match(people.out, /^alpha +ok +webhook \/alpha +1 +0 +2 +running /m);
    assert.match(people.out, /^beta: pylons\/beta\/pylon\.yaml:3/m);
    assert.match(people.out, /No daemon is running; `pylon start` starts these\./);
    // Looking makes no databases.
    assert.deepEqual(await readdir(join(home, 'pylons', 'gamma')), ['pylon.yaml']);
  });

  it('refuse unknown pylons and jobs, and beginnings that several jobs share', async () => {
    const [pylonName, job, both, path] = await Promise.all(
      [
        ['jobs', 'delta'],
        ['show', 'cccc'],
        ['show', 'aaaa'],
        ['jobs', '../alpha'],
      ].map(async (args) => runPylon(home, args)),
    );
    assert.match(pylonName?.err ?? '', /^There is no pylon "delta" in .*There are: alpha, beta, gamma\.\n$/);
    assert.match(job?.err ?? '', /^No job starts with "cccc"\./);
    assert.match(both?.err ?? '', /^"aaaa" is the beginning of 2 jobs: aaaa0001, aaaa0003\./);
    assert.match(path?.err ?? '', /^There is no pylon "\.\.\/alpha"/);
  });

  it('say so when somebody else has the database open', async () => {
    const lock = lockDatabase(join(home, 'pylons', 'beta', 'jobs.db'));
    assert.ok(lock);
    try {
      const { code, err } = await runPylon(home, ['jobs', '--json']);
      assert.deepEqual([code, JSON.parse(err).error.code], [1, 'PYLON_DATABASE_LOCKED']);
    } finally {
      lock.release();
    }
  });

  it('follow no link in place of a log', async () => {
    const directory = join(home, 'pylons', 'alpha', 'jobs', 'aaaa0001-0000-4000-8000-000000000000');
    await mkdir(directory);
    await symlink('/etc/passwd', join(directory, 'agent.log'));
    const { code, out, err } = await runPylon(home, ['logs', 'aaaa0001']);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^The log .*agent\.log cannot be read: /);
    await rm(directory, { recursive: true });
  });
});
