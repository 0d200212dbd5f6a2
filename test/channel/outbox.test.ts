import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeLog } from '../../src/log.ts';
import type { LogLine } from '../../src/log.ts';
import type { ChannelMessage } from '../../workers/channel/channel.ts';
import { DeliveryFailure } from '../../workers/channel/channel.ts';
import { makeOutbox } from '../../workers/channel/outbox.ts';
import type { Outbox, OutboxOptions } from '../../workers/channel/outbox.ts';
import type { OutboxRow } from '../../workers/store/records.ts';
import { handClock, settled } from './hand-clock.ts';
import type { HandClock } from './hand-clock.ts';
import { message } from './messages.ts';

const start = Date.parse('2026-11-21T00:00:00Z');
const hour = 3_600_000;

interface KeptRow extends OutboxRow {
  state: 'waiting' | 'delivered' | 'given up';
  attempts: number;
  nextAt: number;
  error: string | null;
}

interface Bench {
  readonly clock: HandClock;
  readonly kept: KeptRow[];
  readonly sent: { readonly id: number; readonly at: number; readonly message: ChannelMessage }[];
  readonly lines: LogLine[];
  readonly outbox: Outbox;
  /** Another outbox over the same rows, as after a restart. */
  readonly again: () => Outbox;
  readonly add: (jobId: string) => KeptRow;
}

type Send = (row: OutboxRow, signal: AbortSignal, tries: number) => Promise<void>;

function bench(send: Send, changes: Partial<OutboxOptions> = {}): Bench {
  const clock = handClock(start);
  const kept: KeptRow[] = [];
  const sent: Bench['sent'] = [];
  const lines: LogLine[] = [];
  const heads = (): KeptRow[] => {
    const waiting = kept.filter((row) => row.state === 'waiting');
    return waiting.filter((row) => waiting.find((other) => other.jobId === row.jobId) === row);
  };
  const change = (id: number, set: Partial<KeptRow>): void =>
    void Object.assign(kept.find((row) => row.id === id) ?? {}, set);
  const again = (): Outbox =>
    makeOutbox({
      rows: {
        due: (now, limit) =>
          heads()
            .filter((row) => row.nextAt <= now)
            .slice(0, limit)
            .map((row) => ({ ...row })),
        nextAt: () => heads().reduce<number | null>((least, row) => Math.min(least ?? Infinity, row.nextAt), null),
        delivered: (id) => change(id, { state: 'delivered' }),
        failed: (id, _at, nextAt, error) =>
          change(id, { nextAt, error, attempts: (kept.find((row) => row.id === id)?.attempts ?? 0) + 1 }),
        gaveUp: (id, _at, error) => change(id, { state: 'given up', error }),
      },
      channelOf: (row) =>
        Promise.resolve({
          send: (one, signal) => {
            sent.push({ id: row.id, at: clock.now() - start, message: one });
            return send(row, signal, sent.filter(({ id }) => id === row.id).length);
          },
        }),
      clock,
      log: makeLog((line) => lines.push(line)),
      firstPauseMs: 1_000,
      random: () => 0,
      ...changes,
    });
  const add = (jobId: string): KeptRow => {
    const { id: _id, ...text } = message({ job_id: jobId });
    const row: KeptRow = {
      id: kept.length + 1,
      jobId,
      run: 1,
      event: 'job.ended',
      message: JSON.stringify(text),
      createdAt: clock.now(),
      attempts: 0,
      nextAt: clock.now(),
      state: 'waiting',
      error: null,
    };
    kept.push(row);
    return row;
  };
  return { clock, kept, sent, lines, outbox: again(), again, add };
}

const ids = (sent: Bench['sent']): number[] => sent.map(({ id }) => id);

test('messages of one job go out in order, and one that fails holds up only its own job', async () => {
  const { clock, kept, sent, outbox, add } = bench((row, _signal, tries) =>
    row.id === 1 && tries < 3 ? Promise.reject(new DeliveryFailure('down', true)) : Promise.resolve(),
  );
  for (const job of ['a', 'a', 'b', 'a', 'b']) add(job);
  outbox.start();
  await settled();
  assert.deepEqual(ids(sent), [1, 3, 5]);
  await clock.advance(10_000);
  assert.deepEqual(ids(sent), [1, 3, 5, 1, 1, 2, 4]);
  assert.ok(kept.every((row) => row.state === 'delivered'));
  await outbox.stop();
});

test('a message that is added is sent at once, with an id that stays the same from try to try', async () => {
  const { clock, sent, outbox, add } = bench((_row, _signal, tries) =>
    tries < 3 ? Promise.reject(new Error('x')) : Promise.resolve(),
  );
  outbox.start();
  add('a');
  outbox.wake();
  await clock.advance(60_000);
  assert.equal(sent.length, 3);
  assert.deepEqual([...new Set(sent.map((each) => each.message.id))], ['msg_a_1']);
  await outbox.stop();
});

test('pauses double from the first to five minutes, with jitter only on top', async () => {
  for (const [random, factor] of [
    [0, 1],
    [1, 1.25],
  ] as const) {
    const { clock, sent, outbox, add } = bench(() => Promise.reject(new Error('down')), { random: () => random });
    add('a');
    outbox.start();
    await clock.advance(hour);
    const pauses = sent.slice(1, 13).map(({ at }, index) => at - (sent[index]?.at ?? 0));
    assert.deepEqual(
      pauses,
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * 1_000 * factor),
    );
    await outbox.stop();
  }
});

test('a message is not tried again before the time that the service asked for', async () => {
  const { clock, sent, outbox, add } = bench((_row, _signal, tries) =>
    tries === 1 ? Promise.reject(new DeliveryFailure('429', true, 90_000)) : Promise.resolve(),
  );
  add('a');
  outbox.start();
  await clock.advance(hour);
  assert.deepEqual(
    sent.map(({ at }) => at),
    [0, 90_000],
  );
  await outbox.stop();
});

test('a final failure ends that delivery at once, and the job’s next message goes out', async () => {
  const { kept, lines, outbox, add } = bench((row) =>
    row.id === 1 ? Promise.reject(new DeliveryFailure('answered 404', false)) : Promise.resolve(),
  );
  add('a');
  add('a');
  outbox.start();
  await settled();
  await settled();
  assert.deepEqual(
    kept.map(({ state, error }) => [state, error]),
    [
      ['given up', 'answered 404'],
      ['delivered', null],
    ],
  );
  assert.match(lines[0]?.message ?? '', /given up: answered 404/);
  assert.equal(lines[0]?.job, 'a');
  await outbox.stop();
});

test('a message is given up 24 hours after it was made, not earlier, and says why', async () => {
  const { clock, kept, sent, outbox, add } = bench(() => Promise.reject(new Error('no route\u001b[31m')));
  const row = add('a');
  outbox.start();
  await clock.advance(23 * hour);
  assert.equal(row.state, 'waiting');
  await clock.advance(2 * hour);
  assert.equal(row.state, 'given up');
  assert.match(kept[0]?.error ?? '', /^no route\\x1b\[31m \(tried \d+ times in 24 hours\)$/);
  const last = sent.at(-1)?.at ?? 0;
  assert.ok(last > 24 * hour - 301_000 && last <= 24 * hour, String(last));
  await outbox.stop();
});

test('a hung send ends by its time limit though the channel pays no heed, and other jobs go on meanwhile', async () => {
  const { clock, kept, sent, outbox, add } = bench((row, _signal, tries) =>
    row.jobId === 'hung' && tries === 1 ? new Promise(() => undefined) : Promise.resolve(),
  );
  add('hung');
  add('b');
  outbox.start();
  await settled();
  assert.deepEqual(
    kept.map(({ state }) => state),
    ['waiting', 'delivered'],
  );
  await clock.advance(59_999);
  assert.equal(kept[0]?.error, null);
  await clock.advance(1);
  assert.match(kept[0]?.error ?? '', /nothing came of it within 60 s/);
  await clock.advance(1_000);
  assert.equal(kept[0]?.state, 'delivered');
  assert.equal(sent.length, 3);
  await outbox.stop();
});

test('a retry that comes due behind a hung send is not forgotten', async () => {
  const { clock, sent, outbox, add } = bench((row, _signal, tries) => {
    if (row.jobId === 'hung') return new Promise(() => undefined);
    return tries === 1 ? Promise.reject(new Error('down')) : Promise.resolve();
  });
  add('hung');
  add('b');
  outbox.start();
  await clock.advance(3_000);
  assert.deepEqual(ids(sent), [1, 2, 2]);
  await outbox.stop();
});

test('no more than eight jobs’ messages are sent side by side, and all are sent in the end', async () => {
  let now = 0;
  let most = 0;
  const { kept, outbox, add } = bench(async () => {
    most = Math.max(most, (now += 1));
    await settled();
    now -= 1;
  });
  for (let index = 0; index < 100; index += 1) add(`job ${index}`);
  outbox.start();
  while (kept.some((row) => row.state === 'waiting')) await settled();
  assert.equal(most, 8);
  await outbox.stop();
});

test('stop breaks off what is being sent and leaves it to the next start, which sends it with the same id', async () => {
  const signals: AbortSignal[] = [];
  const { kept, sent, outbox, again, add } = bench((_row, signal) => {
    signals.push(signal);
    return signals.length === 1 ? new Promise(() => undefined) : Promise.resolve();
  });
  const row = add('a');
  outbox.start();
  await settled();
  await Promise.all([outbox.stop(), outbox.stop()]);
  assert.equal(signals[0]?.aborted, true);
  assert.deepEqual([row.state, row.attempts, row.error], ['waiting', 0, null]);
  outbox.wake();
  outbox.start();
  await settled();
  assert.equal(sent.length, 1, 'a stopped outbox stays stopped');

  const next = again();
  next.start();
  next.start();
  await settled();
  assert.equal(kept[0]?.state, 'delivered');
  assert.equal(sent[0]?.message.id, sent[1]?.message.id);
  await next.stop();
});

test('an outbox that never started stops, and sends nothing when woken', async () => {
  const { sent, outbox, add } = bench(() => Promise.resolve());
  add('a');
  outbox.wake();
  await settled();
  assert.equal(sent.length, 0);
  await outbox.stop();
});

test('a channel that cannot be made is tried again, and a damaged message is given up', async () => {
  let faulty = true;
  const { clock, kept, outbox, add } = bench(() => Promise.resolve(), {
    channelOf: () =>
      faulty ? Promise.reject(new Error('HOOK_SECRET is not set')) : Promise.resolve({ send: () => Promise.resolve() }),
  });
  add('a');
  Object.assign(add('b'), { message: '{"event":' });
  outbox.start();
  await settled();
  assert.equal(kept[0]?.error, 'HOOK_SECRET is not set');
  assert.equal(kept[1]?.state, 'given up');
  assert.match(kept[1].error ?? '', /damaged/);
  faulty = false;
  await clock.advance(1_000);
  assert.equal(kept[0].state, 'delivered');
  await outbox.stop();
});

test('rows that cannot be read or written do not make it send the same message in a tight loop', async () => {
  const clock = handClock(start);
  const lines: LogLine[] = [];
  let sends = 0;
  let reads = 0;
  const row: OutboxRow = {
    id: 1,
    jobId: 'a',
    run: 1,
    event: 'job.ended',
    message: '{}',
    createdAt: start,
    attempts: 0,
    nextAt: start,
  };
  const outbox = makeOutbox({
    rows: {
      due: () => {
        reads += 1;
        if (reads === 1) throw new Error('disk I/O error');
        return [row];
      },
      nextAt: () => start,
      delivered: () => {
        throw new Error('database or disk is full');
      },
      failed: () => undefined,
      gaveUp: () => undefined,
    },
    channelOf: () =>
      Promise.resolve({
        send: () => {
          sends += 1;
          return Promise.resolve();
        },
      }),
    clock,
    log: makeLog((line) => lines.push(line)),
    firstPauseMs: 1_000,
  });
  outbox.start();
  await clock.advance(4_999);
  assert.equal(sends, 0);
  await clock.advance(10_000);
  assert.ok(sends >= 2 && sends <= 3, String(sends));
  assert.match(lines[0]?.message ?? '', /cannot be read: disk I\/O error/);
  assert.match(lines[1]?.message ?? '', /cannot be written: database or disk is full/);
  await outbox.stop();
});
