import type { SlotAnswer, WaitingJob } from '../protocol/messages.ts';
import { WaitingLine } from './waiting-line.ts';

export interface RunSlotsOptions {
  /** `docker.max_concurrent`. */
  readonly limit: number;
  /** `docker.max_queued`: how many jobs that count may wait, over all pylons. */
  readonly maxQueued: number;
  /**
   * A waiting job got its slot. Called synchronously, in the order of the grants, when the slots are consistent again:
   * it may call back into them. What `request` grants at once is told by its answer instead.
   */
  readonly onGrant: (pylon: string, jobId: string) => void;
}

export interface PylonSlotSettings {
  /** `limits.max_concurrent`. */
  readonly maxConcurrent?: number | undefined;
  /** `limits.max_queued`. */
  readonly maxQueued?: number | undefined;
  readonly onFull: 'reject' | 'queue';
}

/** One pylon's side of the slots. */
interface Lane {
  settings: PylonSlotSettings;
  /** False while its thread is not there to use what it would be granted. */
  active: boolean;
  readonly waiting: WaitingLine;
}

/**
 * The concurrency semaphore: who may run an agent now, and who is next.
 *
 * Slots belong to job ids, not to threads, so that a thread's death frees none that a container still uses. Grants go
 * round-robin between pylons and in order within one. After each change every job that may be granted is granted, so
 * wherever a slot is free, whoever still waits is held back by its own pylon (its limit, or its thread is down).
 */
export class RunSlots {
  readonly #options: RunSlotsOptions;
  /** Least recently served first. */
  readonly #lanes = new Map<string, Lane>();
  /** Job id → its pylon. */
  readonly #taken = new Map<string, string>();
  readonly #takenBy = new Map<string, number>();
  readonly #untold: { pylon: string; jobId: string }[] = [];
  #retired = 0;
  #telling = false;
  #open = false;

  constructor(options: RunSlotsOptions) {
    this.#options = options;
  }

  /** Adds a pylon, or changes one's settings. A new one is paused until `reconcile` says what its thread found. */
  setPylon(name: string, settings: PylonSlotSettings): void {
    const lane = this.#lanes.get(name);
    if (lane) lane.settings = settings;
    else this.#lanes.set(name, { settings, active: false, waiting: new WaitingLine() });
    this.#grantNext();
  }

  /**
   * The pylon was removed: its waiters are forgotten, and its slots stay taken under the name that is returned, so that
   * another pylon of the same name has nothing to do with them. `removePylon` of that name frees what is left.
   */
  retire(name: string): string {
    this.#lanes.delete(name);
    this.#retired += 1;
    // No pylon can have such a name.
    const owner = `${name} (removed, ${this.#retired})`;
    const jobIds = [...this.#taken].filter(([, pylon]) => pylon === name).map(([jobId]) => jobId);
    for (const jobId of jobIds) {
      this.#free(jobId);
      this.#take(jobId, owner);
    }
    return owner;
  }

  /** Forgets a pylon with all its slots and waiters: once its thread has stopped and its containers have ended. */
  removePylon(name: string): void {
    this.#lanes.delete(name);
    for (const [jobId, pylon] of this.#taken) if (pylon === name) this.#free(jobId);
    this.#grantNext();
  }

  /** The engine's containers are known: from now on slots are granted. */
  open(): void {
    this.#open = true;
    this.#grantNext();
  }

  /** `jobId` runs already (its container was found): its slot is taken, even above the limit. */
  hold(jobId: string, pylon: string): void {
    this.#lanes.get(pylon)?.waiting.delete(jobId);
    this.#take(jobId, pylon);
  }

  /** What an arrival gets: a slot, a place in the queue (which counts toward max_queued), or neither and why. */
  request(jobId: string, pylon: string): SlotAnswer {
    const lane = this.#lanes.get(pylon);
    if (this.#taken.has(jobId)) return { kind: 'granted' };
    if (lane?.waiting.has(jobId)) return { kind: 'queued' };
    if (!lane) return { kind: 'full', limit: this.#options.limit, reason: `the pylon ${pylon} takes no more jobs` };
    if (this.#mayTake(pylon, lane)) {
      this.#serve(jobId, pylon, lane);
      return { kind: 'granted' };
    }
    const refusal = this.#whyNotQueue(pylon, lane);
    if (refusal) return refusal;
    lane.waiting.add(jobId, true);
    return { kind: 'queued' };
  }

  /**
   * Queues a job whatever the limits of the queue (a retried or recovered one); `onGrant` follows, perhaps at once.
   * A job that has its slot already is told so again.
   */
  wait(jobId: string, pylon: string, counts: boolean): void {
    if (this.#taken.has(jobId)) {
      this.#untold.push({ pylon, jobId });
      this.#tell();
      return;
    }
    this.#lanes.get(pylon)?.waiting.add(jobId, counts);
    this.#grantNext();
  }

  /** Gives back a job's slot or its place in the queue. Unknown jobs are fine. */
  release(jobId: string): void {
    this.#free(jobId);
    for (const lane of this.#lanes.values()) lane.waiting.delete(jobId);
    this.#grantNext();
  }

  /** The pylon's thread is down: its slots stay taken, its waiters keep their places and get nothing. */
  pause(pylon: string): void {
    const lane = this.#lanes.get(pylon);
    if (lane) lane.active = false;
  }

  /**
   * The pylon's (new) thread is ready and has said what its database holds: slots of other jobs of this pylon are freed
   * (but those in `keep`), its queue becomes `waiting`, and it takes part again.
   */
  reconcile(
    pylon: string,
    holding: readonly string[],
    waiting: readonly WaitingJob[],
    keep: ReadonlySet<string> = new Set(),
  ): void {
    const lane = this.#lanes.get(pylon);
    if (!lane) return;
    for (const [jobId, owner] of this.#taken) if (owner === pylon && !keep.has(jobId)) this.#free(jobId);
    for (const jobId of holding) this.#take(jobId, pylon);
    lane.waiting.clear();
    for (const { jobId, counts } of waiting) if (!this.#taken.has(jobId)) lane.waiting.add(jobId, counts);
    lane.active = true;
    this.#grantNext();
  }

  snapshot(): { readonly limit: number; readonly taken: number; readonly waiting: number } {
    return { limit: this.#options.limit, taken: this.#taken.size, waiting: this.#waitingInAll() };
  }

  #mayTake(pylon: string, lane: Lane): boolean {
    return this.#open && lane.active && this.#taken.size < this.#options.limit && !this.#atOwnLimit(pylon, lane);
  }

  #atOwnLimit(pylon: string, lane: Lane): boolean {
    return this.#takenOf(pylon) >= (lane.settings.maxConcurrent ?? Infinity);
  }

  #takenOf(pylon: string): number {
    return this.#takenBy.get(pylon) ?? 0;
  }

  #waitingInAll(): number {
    let waiting = 0;
    for (const lane of this.#lanes.values()) waiting += lane.waiting.size;
    return waiting;
  }

  #whyNotQueue(pylon: string, lane: Lane): SlotAnswer | undefined {
    const { limit, maxQueued } = this.#options;
    const ownLimit = lane.settings.maxConcurrent ?? Infinity;
    const bound = this.#atOwnLimit(pylon, lane) && this.#taken.size < limit ? ownLimit : limit;
    if (lane.settings.onFull === 'reject') {
      if (!this.#open && this.#willHaveRoom(pylon, lane)) return undefined;
      return { kind: 'full', limit: bound, reason: '`docker.on_full: reject` lets no event wait for one' };
    }
    const ownMaxQueued = lane.settings.maxQueued ?? Infinity;
    const own = lane.waiting.counted;
    if (own >= ownMaxQueued) {
      return { kind: 'full', limit: bound, reason: `${own} events of this pylon wait already (\`limits.max_queued\`)` };
    }
    let all = 0;
    for (const each of this.#lanes.values()) all += each.waiting.counted;
    if (all < maxQueued) return undefined;
    return { kind: 'full', limit: bound, reason: `${all} events wait already (\`docker.max_queued\`)` };
  }

  /** Before `open`: whether one more job would find a slot if all that wait now got theirs. */
  #willHaveRoom(pylon: string, lane: Lane): boolean {
    const inAll = this.#taken.size + this.#waitingInAll();
    const own = this.#takenOf(pylon) + lane.waiting.size;
    return inAll < this.#options.limit && own < (lane.settings.maxConcurrent ?? Infinity);
  }

  #grantNext(): void {
    for (;;) {
      const next = this.#nextLane();
      if (!next) break;
      const [pylon, lane, jobId] = next;
      lane.waiting.delete(jobId);
      this.#serve(jobId, pylon, lane);
      this.#untold.push({ pylon, jobId });
    }
    this.#tell();
  }

  #nextLane(): [string, Lane, string] | undefined {
    if (!this.#open || this.#taken.size >= this.#options.limit) return undefined;
    for (const [pylon, lane] of this.#lanes) {
      const { first } = lane.waiting;
      if (first !== undefined && this.#mayTake(pylon, lane)) return [pylon, lane, first];
    }
    return undefined;
  }

  /** Takes the slot and moves the pylon behind the others. */
  #serve(jobId: string, pylon: string, lane: Lane): void {
    this.#take(jobId, pylon);
    this.#lanes.delete(pylon);
    this.#lanes.set(pylon, lane);
  }

  #take(jobId: string, pylon: string): void {
    if (this.#taken.has(jobId)) return;
    this.#taken.set(jobId, pylon);
    this.#takenBy.set(pylon, this.#takenOf(pylon) + 1);
  }

  #free(jobId: string): void {
    const pylon = this.#taken.get(jobId);
    if (pylon === undefined) return;
    this.#taken.delete(jobId);
    const left = this.#takenOf(pylon) - 1;
    if (left > 0) this.#takenBy.set(pylon, left);
    else this.#takenBy.delete(pylon);
  }

  /** One teller at a time: a listener that calls back in is not called again until it has returned. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let grant = this.#untold.shift(); grant; grant = this.#untold.shift()) {
        // Released, or its thread died, before its turn to be told came.
        if (this.#taken.get(grant.jobId) === grant.pylon) this.#options.onGrant(grant.pylon, grant.jobId);
      }
    } finally {
      this.#telling = false;
    }
  }
}
