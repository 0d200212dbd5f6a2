/**
 * One pylon's thread, and its restarts. An explicit state machine:
 *
 *   starting ──ready──▶ ready ──dies──▶ crashed ──thread gone──▶ backing-off ──delay──▶ starting
 *      └───────────────dies──────────────▲          any ──stop──▶ stopping ──gone──▶ stopped
 *
 * The thread is a Piscina of its own, whose single task never ends while the pylon lives: its own environment, its own
 * memory limit, and nothing shared with its neighbours. A restart makes a new one.
 */
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort, Transferable } from 'node:worker_threads';

import { Piscina } from 'piscina';

import type { Clock, Timer } from '../clock.ts';
import { reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { blamed, makeBlame } from '../protocol/blame.ts';
import { makeOutgoing } from '../protocol/outgoing.ts';
import type { Outgoing } from '../protocol/outgoing.ts';
import type { FromPylon, PylonStart, ToPylon } from '../protocol/messages.ts';
import { ChildGroups } from './child-groups.ts';
import { Heartbeat } from './heartbeat.ts';
import { restartDelay } from './restart-policy.ts';

export type ThreadState = 'starting' | 'ready' | 'stopping' | 'crashed' | 'backing-off' | 'stopped';

const allowed: Readonly<Record<ThreadState, readonly ThreadState[]>> = {
  starting: ['ready', 'crashed', 'stopping'],
  ready: ['crashed', 'stopping'],
  crashed: ['backing-off', 'stopped'],
  'backing-off': ['starting', 'stopped'],
  stopping: ['stopped'],
  stopped: ['starting'],
};

/** What the pylon knows of its start; the thread adds what is its own. */
export type ThreadStart = Omit<PylonStart, 'port' | 'blame' | 'afterCrash' | 'culprit' | 'name'>;

export interface PylonThreadOptions {
  readonly name: string;
  /** The module whose export `runPylon` is the thread's task. */
  readonly workerFile: URL;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Log;
  /** What a thread that starts now is started with. */
  readonly startData: () => ThreadStart;
  /** Every message but `pong`, `group-started` and `group-ended`. */
  readonly onMessage: (message: FromPylon) => void;
  /** The thread is gone and was not asked to; `reason` in one sentence. A new one follows by itself. */
  readonly onDeath: (reason: string) => void;
  readonly heapMb?: number;
}

/** What one pylon's thread may have of the heap. A body of `server.max_body` has to fit many times over. */
const defaultHeapMb = 256;
/** A thread that has not opened its database by then is taken for stuck. */
const startPatienceMs = 60_000;

export class PylonThread {
  readonly #options: PylonThreadOptions;
  readonly #groups = new ChildGroups();
  readonly #deaths: number[] = [];
  #state: ThreadState = 'stopped';
  #life: Life | undefined;
  #restart: Timer | undefined;
  #blame = makeBlame();
  /** Whom a death is blamed on of which no thread that got ready has been told yet. */
  #culprit: string | undefined;
  readonly #onStopped: (() => void)[] = [];

  constructor(options: PylonThreadOptions) {
    this.#options = options;
  }

  get state(): ThreadState {
    return this.#state;
  }

  /** Starts the thread; `ready` comes as a message. Harmless where it is started. */
  start(): void {
    if (this.#state === 'stopped') this.#begin(false);
  }

  /** Sends one message; false where there is no thread to take it. */
  send(message: ToPylon, transfer: readonly Transferable[] = []): boolean {
    if (this.#life === undefined || (this.#state !== 'ready' && this.#state !== 'stopping')) return false;
    this.#life.outgoing.send(message, transfer);
    return true;
  }

  /**
   * Asks the thread to stop and ends it after `patienceMs`. Resolves when it is gone, and its children with it.
   * Twice is fine; so is never started.
   */
  stop(onStop: 'leave' | 'kill', patienceMs: number): Promise<void> {
    if (this.#state === 'stopped') return Promise.resolve();
    const stopped = new Promise<void>((resolve) => this.#onStopped.push(resolve));
    if (this.#state === 'backing-off') {
      this.#restart?.cancel();
      this.#enter('stopped');
    } else if (this.#state === 'ready' || this.#state === 'starting') {
      this.#enter('stopping');
      this.#life?.outgoing.send({ type: 'stop', onStop });
      const life = this.#life;
      life?.timers.push(this.#options.clock.after(patienceMs, () => void life.pool.destroy()));
    }
    return stopped;
  }

  #enter(next: ThreadState): void {
    if (!allowed[this.#state].includes(next)) {
      throw new Error(`the thread of ${this.#options.name} cannot go from ${this.#state} to ${next}`);
    }
    this.#state = next;
    if (next !== 'stopped') return;
    for (const resolve of this.#onStopped.splice(0)) resolve();
  }

  #begin(afterCrash: boolean): void {
    this.#enter('starting');
    try {
      this.#launch(afterCrash);
    } catch (error) {
      // The system has no room for a thread now. The others have theirs.
      this.#died(reasonOf(error));
    }
  }

  #launch(afterCrash: boolean): void {
    const { name, workerFile, env, heapMb, startData, clock } = this.#options;
    const data = startData();
    // A thread that does not get as far as being ready takes over the blame that was not dealt with yet.
    this.#culprit = blamed(this.#blame) ?? this.#culprit;
    this.#blame = makeBlame();
    const pool = new Piscina({
      minThreads: 1,
      maxThreads: 1,
      env: { ...env },
      resourceLimits: { maxOldGenerationSizeMb: heapMb ?? defaultHeapMb },
    });
    // Without a listener an error between two tasks would end the process; `run` rejects with it as well.
    pool.on('error', () => undefined);
    const { port1: port, port2 } = new MessageChannel();
    const outgoing = makeOutgoing<ToPylon>(port, {
      mayWait: ({ type }) => type === 'request' || type === 'slot-answer',
      atTurnsEnd: (send) => void setImmediate(send),
    });
    port.on('message', (messages: readonly FromPylon[]) => {
      for (const message of messages) this.#receive(life, message);
    });
    // The successor reads whom its predecessor's death is blamed on, and writes its own marks elsewhere.
    const start: PylonStart = {
      ...data,
      name,
      port: port2,
      afterCrash,
      culprit: this.#culprit ?? null,
      blame: this.#blame,
    };
    const exited = exitOf(pool);
    const beat = new Heartbeat({ clock, ping: (number) => outgoing.send({ type: 'ping', beat: number }) });
    const life: Life = { pool, port, outgoing, beat, timers: [], hung: undefined };
    this.#life = life;
    life.timers.push(clock.after(startPatienceMs, () => this.#hang(life, 'it did not start within a minute')));
    pool
      .run(start, { filename: workerFile.href, name: 'runPylon', transferList: [port2] })
      .then(
        () => this.#over(life, exited, 'its task ended'),
        (error: unknown) => this.#over(life, exited, life.hung ?? reasonOf(error)),
      )
      .catch((error: unknown) => this.#options.log.error(`its thread could not be let go of: ${reasonOf(error)}`));
  }

  #receive(life: Life, message: FromPylon): void {
    if (message.type === 'pong') life.beat.answered(message.beat);
    else if (message.type === 'group-started') this.#groups.add(message.pid);
    else if (message.type === 'group-ended') this.#groups.delete(message.pid);
    else {
      if (message.type === 'ready' && this.#state === 'starting') {
        for (const timer of life.timers.splice(0)) timer.cancel();
        this.#enter('ready');
        this.#culprit = undefined;
        life.beat.start(() => this.#hang(life, 'its event loop was blocked for 15 s'));
      }
      this.#options.onMessage(message);
    }
  }

  #hang(life: Life, reason: string): void {
    life.hung = reason;
    void life.pool.destroy();
  }

  /** The task has settled: waits until the thread is really gone before anything of it is touched. */
  async #over(life: Life, exited: Promise<void>, reason: string): Promise<void> {
    life.beat.stop();
    for (const timer of life.timers.splice(0)) timer.cancel();
    await Promise.all([life.pool.destroy(), exited]);
    life.port.close();
    this.#groups.killAll();
    this.#life = undefined;
    if (this.#state === 'stopping') {
      this.#enter('stopped');
      return;
    }
    this.#died(reason);
  }

  #died(reason: string): void {
    this.#enter('crashed');
    this.#options.onDeath(reason);
    this.#backOff();
  }

  #backOff(): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    this.#deaths.push(now);
    if (this.#deaths.length > 20) this.#deaths.shift();
    const delay = restartDelay(this.#deaths, now);
    this.#enter('backing-off');
    if (delay > 0) log.warn(`it is started again in ${delay} ms`);
    this.#restart = clock.after(delay, () => {
      if (this.#state === 'backing-off') this.#begin(true);
    });
  }
}

interface Life {
  readonly pool: Piscina;
  readonly port: MessagePort;
  readonly outgoing: Outgoing<ToPylon>;
  readonly beat: Heartbeat;
  readonly timers: Timer[];
  /** Why it was ended from here, where it was. */
  hung: string | undefined;
}

/** `run` can reject before the thread has ended, and its database may only be touched after that. */
function exitOf(pool: Piscina): Promise<void> {
  const threads = [...pool.threads];
  return Promise.all(
    threads.map((thread) => new Promise<void>((resolve) => thread.once('exit', () => resolve()))),
  ).then(() => undefined);
}
