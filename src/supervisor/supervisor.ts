/** All pylons of a home: which there are, which path belongs to whom, and how they start and stop together. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';

import { asPylonError, fail } from '../errors.ts';
import type { PylonPaths, RequestAnswer } from '../protocol/messages.ts';
import type { MachineSettings } from '../protocol/settings.ts';
import { Pylon } from './pylon.ts';
import type { PylonShared } from './pylon.ts';
import type { PylonFile } from './pylon-file.ts';
import { RunSlots } from './run-slots.ts';

export interface SupervisorOptions extends Omit<PylonShared, 'slots' | 'onFull'> {
  readonly home: string;
  readonly docker: MachineSettings['docker'];
}

/** How long the runs of a removed pylon may go on. */
const removedGraceMs = 30_000;
/** How long a thread may take to stop: where it kills, the runs that it ends, and then some. */
const stopPatienceMs = { leave: 4_500, kill: 7_500 } as const;

export class Supervisor {
  readonly slots: RunSlots;
  readonly #options: SupervisorOptions;
  readonly #shared: PylonShared;
  readonly #pylons = new Map<string, Pylon>();
  /** Path → the pylon that serves it. */
  readonly #routes = new Map<string, Pylon>();
  /** Removed, and not ended yet. */
  readonly #leaving = new Set<Pylon>();
  #stopping: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.slots = new RunSlots({
      limit: options.docker.max_concurrent,
      maxQueued: options.docker.max_queued,
      onGrant: (pylon, jobId) => this.#pylons.get(pylon)?.send({ type: 'slot-granted', jobId }),
    });
    this.#shared = { ...options, slots: this.slots, onFull: options.docker.on_full };
  }

  /** By name. */
  get pylons(): readonly Pylon[] {
    return [...this.#pylons.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  find(name: string): Pylon | undefined {
    return this.#pylons.get(name);
  }

  /** Takes what a pylon's file says now: a new pylon, or a change of one. Resolves when its thread has been started. */
  async apply(name: string, file: PylonFile): Promise<void> {
    if (this.#stopping !== undefined) return;
    if (this.#pylons.get(name)?.isReplaced() === true) this.#replace(name);
    let pylon = this.#pylons.get(name);
    if (pylon === undefined) {
      pylon = new Pylon(name, this.#pathsOf(name), file, this.#shared);
      this.#pylons.set(name, pylon);
    } else {
      pylon.update(file);
    }
    this.#route();
    await this.#start(pylon);
  }

  /** Its directory is gone: it serves nothing from now on, its runs are ended after 30 s, and then it is forgotten. */
  async remove(name: string): Promise<void> {
    const pylon = this.#pylons.get(name);
    if (pylon === undefined) return;
    const slotOwner = pylon.retire(removedGraceMs);
    this.#pylons.delete(name);
    this.#leaving.add(pylon);
    this.#route();
    await pylon.jobs.whenIdle(removedGraceMs + stopPatienceMs.kill);
    await pylon.stop('kill', stopPatienceMs.kill);
    this.#leaving.delete(pylon);
    this.slots.removePylon(slotOwner);
  }

  /** The name of the pylon that serves `urlPath`. */
  route(urlPath: string): string | undefined {
    return this.#routes.get(urlPath)?.name;
  }

  /**
   * Gives the request its job id and hands it to the pylon that serves its path by now: the files may have changed while
   * its body was on its way. Never rejects.
   */
  async deliver(
    urlPath: string,
    headers: readonly (readonly [string, string])[],
    body: ArrayBuffer,
    at: number,
  ): Promise<RequestAnswer> {
    const pylon = this.#routes.get(urlPath);
    if (pylon === undefined) {
      const { code, message } = fail('PYLON_NOT_FOUND', { path: urlPath });
      return { status: 404, body: { error: { code, message } } };
    }
    return pylon.deliver(randomUUID(), headers, body, at);
  }

  /** Resolves when every thread is gone, its database closed. Twice is fine. */
  stop(onStop: 'leave' | 'kill'): Promise<void> {
    this.#stopping ??= (async (): Promise<void> => {
      // Nobody could take up the runs of a removed one.
      const leaving = [...this.#leaving].map((pylon) => pylon.stop('kill', stopPatienceMs.kill));
      await Promise.all([...leaving, ...this.pylons.map((pylon) => pylon.stop(onStop, stopPatienceMs[onStop]))]);
    })();
    return this.#stopping;
  }

  /** The directory was removed and made anew before anybody looked: what the thread has open is of the old one. */
  #replace(name: string): void {
    const log = this.#options.logFor(name);
    log.warn('its directory or database was replaced; the runs of the old one end within 30 s');
    this.remove(name).catch((error: unknown) => log.error(asPylonError(error).message));
  }

  /** Each path goes to the pylon that serves it already, else to the first by name that wants it. */
  #route(): void {
    const before = new Map(this.#routes);
    this.#routes.clear();
    const wanting = this.pylons.filter((pylon) => pylon.path !== undefined);
    const holdsIt = (pylon: Pylon): boolean => before.get(pylon.path ?? '') === pylon;
    for (const pylon of [...wanting.filter(holdsIt), ...wanting.filter((each) => !holdsIt(each))]) {
      const urlPath = pylon.path ?? '';
      const owner = this.#routes.get(urlPath);
      const conflict =
        owner === undefined ? undefined : fail('PYLON_PATH_TAKEN', { path: urlPath, owner: owner.name }).message;
      if (owner === undefined) this.#routes.set(urlPath, pylon);
      if (pylon.conflict === conflict) continue;
      pylon.conflict = conflict;
      pylon.tell();
      // It could not start while another had its path.
      if (conflict === undefined) void this.#start(pylon);
    }
  }

  async #start(pylon: Pylon): Promise<void> {
    if (pylon.needsThread && this.#stopping === undefined) await pylon.start();
  }

  #pathsOf(name: string): PylonPaths {
    const { home } = this.#options;
    const directory = path.join(home, 'pylons', name);
    return {
      home,
      directory,
      database: path.join(directory, 'jobs.db'),
      jobs: path.join(directory, 'jobs'),
      repos: path.join(home, 'repos'),
    };
  }
}
