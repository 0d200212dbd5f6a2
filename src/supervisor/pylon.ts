/** One pylon as the supervisor knows it: what its file says, its thread, and what is under way between the two. */
import { existsSync } from 'node:fs';

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type {
  Ask,
  AskAnswer,
  EngineAddress,
  FromPylon,
  PylonPaths,
  RequestAnswer,
  Timings,
  ToPylon,
} from '../protocol/messages.ts';
import type { PylonSettings } from '../protocol/settings.ts';
import { DatabaseHold } from './database-hold.ts';
import { JobBook } from './job-book.ts';
import { PendingAsks } from './pending-asks.ts';
import { PendingRequests, restarting } from './pending-requests.ts';
import type { PylonFile } from './pylon-file.ts';
import { PylonThread } from './pylon-thread.ts';
import type { ThreadStart, ThreadState } from './pylon-thread.ts';
import { Readiness } from './readiness.ts';
import type { RunSlots } from './run-slots.ts';
import { workerEnvironment } from './worker-environment.ts';

export interface PylonShared {
  readonly homeId: string;
  readonly engine: EngineAddress;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly slots: RunSlots;
  readonly workerFile: URL;
  readonly onFull: 'reject' | 'queue';
  /** Writes a block of text to the daemon's output. */
  readonly print: (text: string) => Promise<void>;
  readonly logFor: (pylon: string) => Log;
}

/** How long a request waits for a pylon that is restarting. */
const readyPatienceMs = 5_000;

export class Pylon {
  readonly name: string;
  readonly paths: PylonPaths;
  readonly jobs: JobBook;
  readonly #shared: PylonShared;
  readonly #requests: PendingRequests;
  readonly #asks: PendingAsks;
  readonly #thread: PylonThread;
  #file: PylonFile;
  /** The newest usable file. */
  #good: Extract<PylonFile, { kind: 'usable' }> | undefined;
  readonly #database: DatabaseHold;
  readonly #readiness: Readiness;
  /** How its slots are known: another name than its own once it is removed. */
  #slotOwner: string;
  #removed: { readonly graceMs: number } | undefined;
  /** Set by the supervisor: another pylon serves its path. */
  conflict: string | undefined;
  /** Why it has no thread that is ready, as far as that is known. */
  #lastDeath: string | undefined;
  left = { containers: 0, until: null as number | null };

  constructor(name: string, paths: PylonPaths, file: PylonFile, shared: PylonShared) {
    this.name = name;
    this.paths = paths;
    this.jobs = new JobBook(shared.clock);
    this.#shared = shared;
    this.#file = file;
    this.#requests = new PendingRequests(name, shared.clock);
    this.#asks = new PendingAsks(name, shared.clock);
    this.#readiness = new Readiness(shared.clock);
    this.#slotOwner = name;
    this.#database = new DatabaseHold({
      file: paths.database,
      clock: shared.clock,
      onHeld: () => this.#thread.start(),
      onTrouble: (reason) => {
        this.#lastDeath = reason;
        shared.logFor(name).error(reason);
      },
    });
    this.#thread = new PylonThread({
      name,
      workerFile: shared.workerFile,
      env: workerEnvironment(process.env),
      clock: shared.clock,
      log: shared.logFor(name),
      startData: () => this.#startData(),
      onMessage: (message) => this.#receive(message),
      onDeath: (reason) => this.#died(reason),
    });
    this.#take(file);
  }

  get file(): PylonFile {
    return this.#file;
  }

  /** The settings that it runs by: of a faulty file the last good ones. */
  get settings(): PylonSettings | undefined {
    return this.#good?.settings;
  }

  get threadState(): ThreadState {
    return this.#thread.state;
  }

  get lastDeath(): string | undefined {
    return this.#lastDeath;
  }

  /** Whether events are taken: a usable file (now, or until a faulty edit), and a path of its own. */
  get accepting(): boolean {
    return this.#good?.served === 'yes' && this.conflict === undefined;
  }

  /** The path that it serves, or would. */
  get path(): string | undefined {
    const trigger = this.#good?.served === 'yes' ? this.#good.settings.trigger : undefined;
    return trigger?.type === 'webhook' ? trigger.path : undefined;
  }

  /** Whether there is anything for a thread to do: events to take, or a database of jobs. */
  get needsThread(): boolean {
    return this.accepting || existsSync(this.paths.database);
  }

  /** Starts its thread, under the lock of its database; where that cannot be had, tries again by itself. Never rejects. */
  start(): Promise<void> {
    return this.#database.take();
  }

  /** Takes what the file says now; requests that were sent before are still judged by what it said then. */
  update(file: PylonFile): void {
    this.#file = file;
    this.#take(file);
    this.tell();
  }

  /** Sends the settings in force to the thread. */
  tell(): void {
    this.#thread.send({
      type: 'settings',
      settings: this.settings ?? null,
      accepting: this.accepting,
      variables: this.#file.variables,
    });
  }

  /** Resolves with whether the thread is ready, which is waited for. */
  async whenReady(patienceMs = readyPatienceMs): Promise<boolean> {
    const isReady = (): boolean => this.#thread.state === 'ready';
    if (!isReady() && !this.#database.isOver) await this.#readiness.wait(patienceMs);
    return isReady();
  }

  /** Hands a request to the thread, which keeps `body`. */
  async deliver(
    jobId: string,
    headers: readonly (readonly [string, string])[],
    body: ArrayBuffer,
    at: number,
  ): Promise<RequestAnswer> {
    if (!(await this.whenReady())) return restarting(this.name);
    const answer = this.#requests.add(jobId);
    this.#thread.send({ type: 'request', jobId, headers, body, at }, [body]);
    return answer;
  }

  /** @throws the pylon's catalogue error, or PYLON_RESTARTING */
  async ask<Kind extends Ask['kind']>(ask: Extract<Ask, { kind: Kind }>): Promise<Extract<AskAnswer, { kind: Kind }>> {
    await this.whenReady();
    return this.#asks.ask(ask, (message) => this.#thread.send(message));
  }

  /** Tells the thread, where there is one. */
  send(message: Extract<ToPylon, { type: 'slot-granted' | 'containers' }>): void {
    this.#thread.send(message);
  }

  /** Its directory is gone: nothing new, what waits is ended now and what runs after `graceMs`. Returns its slots' owner. */
  retire(graceMs: number): string {
    this.#good = undefined;
    this.#removed = { graceMs };
    this.#slotOwner = this.#shared.slots.retire(this.name);
    this.#thread.send({ type: 'end-runs', afterMs: graceMs });
    return this.#slotOwner;
  }

  /** Whether its database was removed or replaced below its thread, together with its directory or alone. */
  isReplaced(): boolean {
    return this.#database.lock?.isInPlace() === false;
  }

  /** Resolves when the thread is gone and the database free. Twice is fine. */
  async stop(onStop: 'leave' | 'kill', patienceMs: number): Promise<void> {
    await this.#database.giveUp();
    await this.#thread.stop(onStop, patienceMs);
    this.#readiness.announce();
    this.jobs.close();
    this.#requests.abandon();
    this.#asks.abandon();
    this.#database.release();
  }

  #take(file: PylonFile): void {
    if (file.kind === 'usable') this.#good = file;
    const { slots, onFull } = this.#shared;
    const limits = this.settings?.limits;
    slots.setPylon(this.name, { maxConcurrent: limits?.max_concurrent, maxQueued: limits?.max_queued, onFull });
  }

  #startData(): ThreadStart {
    const { homeId, engine, timings } = this.#shared;
    const { lock } = this.#database;
    if (lock === undefined) throw new Error(`the database of ${this.name} is not locked`);
    return {
      paths: this.paths,
      databaseFile: lock.file,
      homeId,
      engine,
      timings,
      settings: this.settings ?? null,
      accepting: this.accepting,
      variables: this.#file.variables,
    };
  }

  #receive(message: FromPylon): void {
    const { slots, print, logFor } = this.#shared;
    switch (message.type) {
      case 'ready':
        this.#ready(message);
        return;
      case 'answer':
        this.#requests.answered(message.jobId, message.answer);
        return;
      case 'stored':
        this.#requests.stored(message.jobId, message.status);
        return;
      case 'slot-request': {
        const answer = slots.request(message.jobId, this.#slotOwner);
        this.#thread.send({ type: 'slot-answer', jobId: message.jobId, answer });
        return;
      }
      case 'slot-wait':
        slots.wait(message.jobId, this.#slotOwner, false);
        return;
      case 'slot-release':
        slots.release(message.jobId);
        return;
      case 'jobs-changed':
        this.jobs.changed(message);
        return;
      case 'print':
        void print(message.text).then(() => this.#thread.send({ type: 'printed', id: message.id }));
        return;
      case 'log':
        logFor(this.name)[message.line.level](message.line.message, message.line);
        return;
      case 'asked':
        this.#asks.answered(message.id, message.outcome);
        return;
      case 'stopped':
        this.left = { containers: message.left, until: message.leftUntil };
        return;
      case 'pong':
      case 'group-started':
      case 'group-ended':
        return;
      default:
        message satisfies never;
    }
  }

  #ready(message: Extract<FromPylon, { type: 'ready' }>): void {
    this.#lastDeath = undefined;
    this.jobs.opened(message);
    this.#shared.slots.reconcile(this.#slotOwner, [...message.holding, ...message.removing], message.waiting);
    // A change of the files while it started is not in what it was started with.
    this.tell();
    if (this.#removed !== undefined) this.#thread.send({ type: 'end-runs', afterMs: this.#removed.graceMs });
    for (const jobId of this.#requests.orphans()) this.#thread.send({ type: 'is-stored', jobId });
    this.#readiness.announce();
  }

  #died(reason: string): void {
    this.#lastDeath = reason;
    this.#shared.logFor(this.name).error(`its thread ended: ${reason}`);
    this.#shared.slots.pause(this.#slotOwner);
    this.#requests.orphaned();
    this.#asks.abandon();
    // A successor would make the directory anew. Not at once, as the thread has still to say where it stands.
    if (this.#removed !== undefined) queueMicrotask(() => void this.stop('kill', 0));
  }
}
