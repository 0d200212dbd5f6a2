import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { detail, listing, pylonListing } from '../control/memory-view.ts';
import { runPylon, runPylonOnTerminal } from './run-pylon.ts';
import type { ServedHome } from './served-home.ts';
import { servedHome } from './served-home.ts';

const done = listing({ id: 'aaaa1111-0000-4000-8000-000000000001' });
const running = listing({
  id: 'aaaa2222-0000-4000-8000-000000000002',
  status: 'running',
  ended_at: null,
  duration_ms: null,
});
const failed = listing({
  id: 'bbbb3333-0000-4000-8000-000000000003',
  status: 'failed',
  error:
    'The repository https://example.com/a/very/long/path.git could not be cloned: it does not exist, or needs a token.',
  cost_usd: 0.0312,
});

let served: ServedHome;
let home: string;

beforeEach(async () => {
  served = await servedHome();
  home = served.home;
  served.view.logPath = join(home, 'agent.log');
  served.view.listings = [
    pylonListing({ name: 'my-sentry', counts: { unfinished: 3, running: 1, total: 14, last: done } }),
    pylonListing({
      name: 'broken',
      state: 'FAIL',
      trigger: null,
      path: null,
      url: null,
      problems: ['pylons/broken/pylon.yaml:3: unknown key "tigger"; did you mean "trigger"?'],
    }),
  ];
  for (const job of [failed, running, done]) served.view.put(detail(job));
});

afterEach(() => served.remove());

describe('reading commands with a daemon', () => {
  it('print one array, or one object for a single thing, under --json', async () => {
    const [jobs, list, show] = await Promise.all([
      runPylon(home, ['jobs', '--json']),
      runPylon(home, ['list', '--json']),
      runPylon(home, ['show', 'bbbb', '--json']),
    ]);
    assert.deepEqual(JSON.parse(jobs.out), [failed, running, done]);
    assert.deepEqual(Object.keys(JSON.parse(jobs.out)[0]).toSorted(), [
      'cost_usd',
      'created_at',
      'duration_ms',
      'ended_at',
      'error',
      'id',
      'parent',
      'pylon',
      'run',
      'started_at',
      'status',
      'trigger',
    ]);
    assert.deepEqual(JSON.parse(list.out), served.view.listings);
    assert.deepEqual(JSON.parse(show.out), detail(failed));
    for (const { code, err } of [jobs, list, show]) assert.deepEqual([code, err], [0, '']);
  });

  it('print tables for people, without colours and uncut into a pipe', async () => {
    const [jobs, list] = await Promise.all([runPylon(home, ['jobs']), runPylon(home, ['list'])]);
    const [head, first] = jobs.out.split('\n');
    assert.match(head ?? '', /^JOB +PYLON +STATUS +TRIGGER +CREATED +TOOK +COST +ERROR$/);
    assert.match(
      first ?? '',
      /^bbbb3333 +my-sentry +failed +webhook .* 1m 6s +\$0\.0312 +The repository .* or needs a token\.$/,
    );
    assert.match(list.out, /^my-sentry +ok +webhook \/my-sentry +1 +2 +14 +done /m);
    assert.match(list.out, /^broken: pylons\/broken\/pylon\.yaml:3: unknown key "tigger"; did you mean "trigger"\?$/m);
    assert.doesNotMatch(jobs.out + list.out, /\x1b/);
  });

  it('fit the terminal, with colours there unless NO_COLOR is set', async () => {
    for (const columns of [40, 72, 100]) {
      for (const command of [['jobs'], ['list'], ['--help']]) {
        const { out, code } = await runPylonOnTerminal(home, command, columns);
        assert.equal(code, 0);
        assert.match(out, /\x1b\[/);
        const lines = out.replaceAll(/\x1b\[\d+m/g, '').split(/\r?\n/);
        const table = command[0] === 'list' ? lines.slice(0, lines.indexOf('')) : lines;
        const tooWide = table.filter(
          (line) => line.length > columns && !line.startsWith('`') && !line.startsWith('pylon '),
        );
        assert.deepEqual(tooWide, [], `${command.join(' ')} at ${columns}`);
      }
    }
    const plain = await runPylonOnTerminal(home, ['jobs'], 80, { NO_COLOR: '1' });
    assert.doesNotMatch(plain.out, /\x1b/);
  });

  it('choose jobs by pylon, status and number', async () => {
    const ids = async (...args: string[]): Promise<string[]> =>
      JSON.parse((await runPylon(home, ['jobs', '--json', ...args])).out).map(({ id }: { id: string }) =>
        id.slice(0, 4),
      );
    assert.deepEqual(await ids('--limit', '1'), ['bbbb']);
    assert.deepEqual(await ids('--status', 'running'), ['aaaa']);
    assert.deepEqual(await ids('broken'), []);
    const unknown = await runPylon(home, ['jobs', 'nobody']);
    assert.deepEqual([unknown.code, unknown.out], [1, '']);
    assert.match(unknown.err, /There is no pylon "nobody"/);
  });

  it('show a job with its runs, timeline with durations, and deliveries', async () => {
    served.view.put({
      ...detail(failed),
      parent: done.id,
      deliveries: [
        {
          run: 1,
          event: 'job.ended',
          state: 'waiting',
          attempts: 3,
          next_at: failed.created_at,
          error: 'connection refused',
        },
      ],
    });
    const { out } = await runPylon(home, ['show', 'bbbb3'], { TZ: 'UTC' });
    assert.match(out, /^bbbb3333-0000-4000-8000-000000000003 {2}failed$/m);
    assert.match(out, /^ {2}retry of +aaaa1111$/m);
    assert.match(out, /^ {2}took +1m 6s$/m);
    assert.match(out, /^ {2}commit +7fd1a60b01f91b314f59955a4e4d4e80d8edf11d$/m);
    assert.match(out, /^ {2}prompt\n {4}Look into it\.\n {4}Then say what you found\.$/m);
    assert.match(out, /^ {2}result\n {4}Found the fault in line 3\.$/m);
    assert.match(out, /^ {2}2026-11-21 02:00:00 +pending +accepted$/m);
    assert.match(out, /^ {2}2026-11-21 02:01:07 +\+1m 6s +failed$/m);
    assert.match(out, /^ {2}job\.ended +waiting, 3 attempts so far, next at 2026-11-21 02:00:00: connection refused$/m);
  });

  it('escape control characters that an event or an agent put into a job', async () => {
    const nasty = 'fine\x1b[2J\x07\rgone\u202e';
    served.view.put({ ...detail({ ...failed, error: nasty }), payload: nasty });
    await writeFile(served.view.logPath, 'windows\r\ncolour \x1b[31mred\x1b[0m\r100%\r');
    const outs = await Promise.all([
      runPylon(home, ['jobs']),
      runPylon(home, ['show', 'bbbb']),
      runPylon(home, ['logs', 'bbbb']),
    ]);
    for (const { out } of outs) assert.doesNotMatch(out, /[\x00-\x08\x0b-\x1f\x7f\u202e]/);
    assert.match(outs[0]?.out ?? '', /fine\\x1b\[2J\\x07\\x0dgone\\u202e/);
    assert.equal(outs[2]?.out, 'windows\ncolour \\x1b[31mred\\x1b[0m\\x0d100%\\x0d');
  });

  it('refuse a beginning that is ambiguous, unknown or no id at all, each in one sentence', async () => {
    const [ambiguous, unknown, path, json] = await Promise.all([
      runPylon(home, ['show', 'aaaa']),
      runPylon(home, ['logs', 'cccc']),
      runPylon(home, ['kill', '../stop']),
      runPylon(home, ['retry', 'aaaa', '--json']),
    ]);
    assert.match(ambiguous.err, /^"aaaa" is the beginning of 2 jobs: aaaa2222, aaaa1111\. Give more of it\.\n$/);
    assert.match(unknown.err, /^No job starts with "cccc"\..*\n$/);
    assert.match(path.err, /^No job starts with "\.\.\/stop"\./);
    assert.equal(JSON.parse(json.err).error.code, 'PYLON_AMBIGUOUS_JOB');
    for (const { code, out } of [ambiguous, unknown, path, json]) assert.deepEqual([code, out], [1, '']);
    assert.deepEqual(served.view.asked, []);
  });
});
