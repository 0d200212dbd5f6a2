import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RunSlots } from '../../src/supervisor/run-slots.ts';
import type { PylonSlotSettings } from '../../src/supervisor/run-slots.ts';

interface Bench {
  readonly slots: RunSlots;
  /** Jobs granted through onGrant, in order. */
  readonly granted: string[];
}

/** Open slots with pylons whose threads are ready. */
function bench(limit: number, pylons: Record<string, PylonSlotSettings>, maxQueued = 100): Bench {
  const granted: string[] = [];
  const slots = new RunSlots({ limit, maxQueued, onGrant: (_pylon, jobId) => granted.push(jobId) });
  for (const [name, settings] of Object.entries(pylons)) {
    slots.setPylon(name, settings);
    slots.reconcile(name, [], []);
  }
  slots.open();
  return { slots, granted };
}

const queue = { onFull: 'queue' } as const;
const reject = { onFull: 'reject' } as const;
const waits = (...ids: string[]): { jobId: string; counts: boolean }[] =>
  ids.map((jobId) => ({ jobId, counts: false }));

describe('run slots', () => {
  it('grant arrivals up to the limit and refuse the next one with the limit and a reason', () => {
    const { slots } = bench(2, { a: reject });
    assert.deepEqual(slots.request('1', 'a'), { kind: 'granted' });
    assert.deepEqual(slots.request('2', 'a'), { kind: 'granted' });
    assert.deepEqual(slots.request('3', 'a'), {
      kind: 'full',
      limit: 2,
      reason: '`docker.on_full: reject` lets no event wait for one',
    });
    assert.deepEqual(slots.snapshot(), { limit: 2, taken: 2, waiting: 0 });
  });

  it('queue arrivals under on_full: queue until max_queued of them wait', () => {
    const { slots, granted } = bench(1, { a: queue, b: queue }, 2);
    slots.request('1', 'a');
    assert.deepEqual(slots.request('2', 'a'), { kind: 'queued' });
    assert.deepEqual(slots.request('3', 'b'), { kind: 'queued' });
    assert.deepEqual(slots.request('4', 'b'), {
      kind: 'full',
      limit: 1,
      reason: '2 events wait already (`docker.max_queued`)',
    });
    slots.release('1');
    assert.deepEqual(granted, ['3']);
    slots.release('3');
    assert.deepEqual(granted, ['3', '2']);
  });

  it('do not count retried and recovered jobs toward max_queued', () => {
    const { slots, granted } = bench(1, { a: queue }, 1);
    slots.request('1', 'a');
    slots.wait('2', 'a', false);
    slots.wait('3', 'a', false);
    assert.deepEqual(slots.request('4', 'a'), { kind: 'queued' });
    assert.equal(slots.request('5', 'a').kind, 'full');
    for (const id of ['1', '2', '3']) slots.release(id);
    assert.deepEqual(granted, ['2', '3', '4']);
  });

  it('hold a pylon to its own max_concurrent and max_queued without blocking the others', () => {
    const { slots, granted } = bench(3, { a: { ...queue, maxConcurrent: 1, maxQueued: 1 }, b: queue });
    slots.request('a1', 'a');
    assert.deepEqual(slots.request('a2', 'a'), { kind: 'queued' });
    assert.deepEqual(slots.request('a3', 'a'), {
      kind: 'full',
      limit: 1,
      reason: '1 events of this pylon wait already (`limits.max_queued`)',
    });
    assert.deepEqual(slots.request('b1', 'b'), { kind: 'granted' });
    assert.deepEqual(slots.request('b2', 'b'), { kind: 'granted' });
    slots.release('b1');
    assert.deepEqual(granted, []);
    slots.release('a1');
    assert.deepEqual(granted, ['a2']);
  });

  it('grant more as soon as a pylon’s own limit is raised', () => {
    const { slots, granted } = bench(3, { a: { ...queue, maxConcurrent: 1 } });
    for (const id of ['1', '2', '3', '4']) slots.request(id, 'a');
    slots.setPylon('a', queue);
    assert.deepEqual(granted, ['2', '3']);
  });

  it('give a newcomer its turn however many jobs another pylon has waiting', () => {
    const { slots, granted } = bench(1, { a: queue, b: queue });
    slots.request('a0', 'a');
    for (let i = 1; i <= 50; i += 1) slots.wait(`a${i}`, 'a', false);
    slots.wait('b1', 'b', false);
    slots.release('a0');
    slots.release(granted.at(-1) ?? '');
    assert.ok(granted.includes('b1'), `b1 is not among ${granted.join(' ')}`);
  });

  it('grant nothing before they are opened, and let as many arrivals wait as will find a slot', () => {
    const granted: string[] = [];
    const slots = new RunSlots({ limit: 2, maxQueued: 9, onGrant: (_pylon, jobId) => granted.push(jobId) });
    slots.setPylon('a', reject);
    slots.hold('old', 'a');
    slots.reconcile('a', ['old'], []);
    assert.deepEqual(slots.request('1', 'a'), { kind: 'queued' });
    assert.equal(slots.request('2', 'a').kind, 'full');
    slots.open();
    assert.deepEqual(granted, ['1']);
  });

  it('keep containers that were found running even above the limit, and grant again only below it', () => {
    const { slots, granted } = bench(1, { a: queue });
    slots.hold('x', 'a');
    slots.hold('y', 'gone');
    assert.deepEqual(slots.request('1', 'a'), { kind: 'queued' });
    slots.release('x');
    assert.deepEqual(granted, []);
    slots.release('y');
    assert.deepEqual(granted, ['1']);
  });

  it('keep the slots of a pylon whose thread is down and give its waiters nothing', () => {
    const { slots, granted } = bench(2, { a: queue, b: queue });
    slots.request('a1', 'a');
    slots.request('a2', 'a');
    slots.wait('a3', 'a', false);
    slots.wait('b1', 'b', false);
    slots.pause('a');
    slots.release('a1');
    slots.release('b1');
    assert.deepEqual(granted, ['b1']);
    assert.deepEqual(slots.snapshot(), { limit: 2, taken: 1, waiting: 1 });
  });

  it('free what the new thread does not hold, keep what is undecided, and take its queue in its order', () => {
    const { slots, granted } = bench(3, { a: queue });
    for (const id of ['held', 'lost', 'undecided', 'dropped', 'w2', 'w1']) slots.request(id, 'a');
    slots.pause('a');
    slots.reconcile('a', ['held'], waits('w1', 'w2', 'w3'), new Set(['undecided']));
    assert.deepEqual(granted, ['w1']);
    assert.deepEqual(slots.snapshot(), { limit: 3, taken: 3, waiting: 2 });
    slots.release('undecided');
    assert.deepEqual(granted, ['w1', 'w2']);
  });

  it('queue again a job that was granted its slot while its thread died before hearing of it', () => {
    const { slots, granted } = bench(1, { a: queue });
    slots.wait('1', 'a', false);
    slots.pause('a');
    slots.reconcile('a', [], waits('1'));
    assert.deepEqual(granted, ['1', '1']);
    assert.equal(slots.snapshot().taken, 1);
  });

  it('forget everything of a removed pylon', () => {
    const { slots, granted } = bench(1, { a: queue, b: queue });
    slots.request('a1', 'a');
    slots.request('a2', 'a');
    slots.request('b1', 'b');
    slots.removePylon('a');
    assert.deepEqual(granted, ['b1']);
    assert.deepEqual(slots.snapshot(), { limit: 1, taken: 1, waiting: 0 });
    assert.equal(slots.request('a3', 'a').kind, 'full');
  });

  it('keep those of a removed pylon taken, out of reach of a new pylon of the same name', () => {
    const { slots, granted } = bench(1, { a: queue });
    slots.request('old', 'a');
    slots.request('waits', 'a');
    const owner = slots.retire('a');
    slots.setPylon('a', queue);
    slots.reconcile('a', [], []);
    assert.equal(slots.request('new', 'a').kind, 'queued');
    assert.deepEqual(slots.snapshot(), { limit: 1, taken: 1, waiting: 1 });
    slots.removePylon(owner);
    assert.deepEqual(granted, ['new']);
  });

  it('tell a listener that calls back one grant after the other, and none that was taken back meanwhile', () => {
    const told: string[] = [];
    let inside = 0;
    const slots: RunSlots = new RunSlots({
      limit: 2,
      maxQueued: 9,
      onGrant: (_pylon, jobId) => {
        told.push(jobId);
        assert.equal((inside += 1), 1);
        if (jobId === '1') slots.release('2');
        if (jobId === '3') slots.release('1');
        inside -= 1;
      },
    });
    slots.setPylon('a', queue);
    slots.reconcile('a', [], waits('1', '2', '3', '4'));
    slots.open();
    assert.deepEqual(told, ['1', '3', '4']);
    assert.deepEqual(slots.snapshot(), { limit: 2, taken: 2, waiting: 0 });
  });
});

describe('run slots under random use', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    it(`never exceed a limit, overtake, starve or lose a job (seed ${seed})`, () => new RandomUse(seed).run(3_000));
  }
});

/** Drives the slots at random beside a plain model of what each job has. */
class RandomUse {
  readonly #random: () => number;
  readonly #limit: number;
  readonly #own: Record<string, number>;
  readonly #names: string[];
  readonly #slots: RunSlots;
  readonly #down = new Set<string>();
  /** Job → pylon. */
  readonly #running = new Map<string, string>();
  /** Pylon → its queue. */
  readonly #queues = new Map<string, string[]>();
  /** Pylon → grants to others since it could have been served. */
  readonly #passedOver = new Map<string, number>();
  #count = 0;

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
    this.#limit = 1 + this.#below(6);
    this.#own = { a: Infinity, b: 1 + this.#below(3), c: Infinity, d: 1 };
    this.#names = Object.keys(this.#own);
    this.#slots = new RunSlots({
      limit: this.#limit,
      maxQueued: 40,
      onGrant: (pylon, job) => this.#onGrant(pylon, job),
    });
    for (const name of this.#names) {
      this.#queues.set(name, []);
      const onFull = name === 'c' ? 'reject' : 'queue';
      this.#slots.setPylon(name, { onFull, maxConcurrent: this.#own[name] });
      this.#slots.reconcile(name, [], []);
    }
    this.#slots.open();
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.#step();
      this.#check();
    }
    for (const name of this.#names) this.#restart(name);
    while (this.#running.size > 0) this.#release(this.#oneOf([...this.#running.keys()]));
    for (const [name, queued] of this.#queues) assert.deepEqual(queued, [], `${name} still has waiters`);
    assert.deepEqual(this.#slots.snapshot(), { limit: this.#limit, taken: 0, waiting: 0 });
  }

  #step(): void {
    const pylon = this.#oneOf(this.#names);
    const dice = this.#random();
    if (dice < 0.4 && this.#running.size > 0) this.#release(this.#oneOf([...this.#running.keys()]));
    else if (dice < 0.45) this.#giveUpWaiting(pylon);
    else if (dice < 0.48) this.#pause(pylon);
    else if (dice < 0.53) this.#restart(pylon);
    else if (!this.#down.has(pylon)) this.#arrive(pylon, dice > 0.9);
  }

  #arrive(pylon: string, retried: boolean): void {
    const job = `${pylon}${(this.#count += 1)}`;
    const queued = this.#queues.get(pylon) ?? [];
    if (retried) {
      queued.push(job);
      this.#slots.wait(job, pylon, false);
      return;
    }
    const answer = this.#slots.request(job, pylon);
    if (answer.kind === 'granted') {
      assert.deepEqual(queued, [], `${job} overtook`);
      this.#running.set(job, pylon);
    } else if (answer.kind === 'queued') {
      queued.push(job);
    }
  }

  #release(job: string): void {
    this.#running.delete(job);
    this.#slots.release(job);
  }

  #giveUpWaiting(pylon: string): void {
    const job = this.#queues.get(pylon)?.pop();
    if (job !== undefined) this.#slots.release(job);
  }

  #pause(pylon: string): void {
    this.#down.add(pylon);
    this.#slots.pause(pylon);
  }

  /** Some of its jobs are gone when the new thread is there. */
  #restart(pylon: string): void {
    this.#down.delete(pylon);
    const own = [...this.#running].filter(([, owner]) => owner === pylon).map(([job]) => job);
    const holding = own.filter(() => this.#random() < 0.7);
    for (const job of own) if (!holding.includes(job)) this.#running.delete(job);
    const waiting = (this.#queues.get(pylon) ?? []).map((jobId) => ({ jobId, counts: true }));
    this.#slots.reconcile(pylon, holding, waiting);
  }

  #onGrant(pylon: string, job: string): void {
    assert.equal(this.#queues.get(pylon)?.shift(), job, 'granted out of order');
    assert.ok(!this.#down.has(pylon), `${job} was granted while its thread is down`);
    this.#running.set(job, pylon);
    for (const other of this.#names) {
      const couldRun = !this.#down.has(other) && this.#runningOf(other) < (this.#own[other] ?? 0);
      const passed = couldRun && this.#queues.get(other)?.length ? (this.#passedOver.get(other) ?? 0) + 1 : 0;
      this.#passedOver.set(other, other === pylon ? 0 : passed);
      assert.ok(passed <= this.#names.length, `${other} was passed over ${passed} times`);
    }
  }

  #check(): void {
    assert.ok(this.#running.size <= this.#limit);
    for (const name of this.#names) assert.ok(this.#runningOf(name) <= (this.#own[name] ?? 0), name);
    const waiting = [...this.#queues.values()].reduce((sum, queued) => sum + queued.length, 0);
    assert.deepEqual(this.#slots.snapshot(), { limit: this.#limit, taken: this.#running.size, waiting });
  }

  #runningOf(pylon: string): number {
    return [...this.#running.values()].filter((owner) => owner === pylon).length;
  }

  #oneOf(list: readonly string[]): string {
    return list[this.#below(list.length)] ?? '';
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}

/** Numbers in [0, 1) that follow from `seed` alone (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
