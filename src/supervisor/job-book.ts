/** What a pylon's thread has told of its jobs. */
import type { Clock } from '../clock.ts';
import type { FromPylon, JobCounts } from '../protocol/messages.ts';
import { Readiness } from './readiness.ts';

export class JobBook {
  readonly #unfinished = new Set<string>();
  readonly #idleness: Readiness;
  #counts: JobCounts = { unfinished: 0, running: 0, total: 0, last: null };

  constructor(clock: Clock) {
    this.#idleness = new Readiness(clock);
  }

  get counts(): JobCounts {
    return this.#counts;
  }

  isUnfinished(jobId: string): boolean {
    return this.#unfinished.has(jobId);
  }

  /** A thread has opened the database. */
  opened({ holding, waiting, counts }: Extract<FromPylon, { type: 'ready' }>): void {
    this.#counts = counts;
    this.#unfinished.clear();
    for (const id of [...holding, ...waiting.map(({ jobId }) => jobId)]) this.#unfinished.add(id);
  }

  changed({ jobs, counts }: Extract<FromPylon, { type: 'jobs-changed' }>): void {
    this.#counts = counts;
    for (const { id, ended } of jobs) {
      if (ended) this.#unfinished.delete(id);
      else this.#unfinished.add(id);
    }
    if (this.#unfinished.size === 0) this.#idleness.announce();
  }

  /** Nobody works on the jobs any more. */
  close(): void {
    this.#idleness.announce();
  }

  /** Resolves when no job is unfinished, when nobody works on them any more, or after `patienceMs`. */
  async whenIdle(patienceMs: number): Promise<void> {
    if (this.#unfinished.size > 0) await this.#idleness.wait(patienceMs);
  }
}
