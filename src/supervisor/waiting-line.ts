/** The jobs of one pylon that wait for a slot, oldest first. Every question costs the same however many wait. */
export class WaitingLine {
  /** Job id → whether it counts toward max_queued. */
  readonly #jobs = new Map<string, boolean>();
  #counted = 0;

  get size(): number {
    return this.#jobs.size;
  }

  /** How many of them count toward max_queued. */
  get counted(): number {
    return this.#counted;
  }

  get first(): string | undefined {
    const [jobId] = this.#jobs.keys();
    return jobId;
  }

  has(jobId: string): boolean {
    return this.#jobs.has(jobId);
  }

  /** At the end; one that waits already keeps its place. */
  add(jobId: string, counts: boolean): void {
    if (this.#jobs.get(jobId) === true) this.#counted -= 1;
    this.#jobs.set(jobId, counts);
    if (counts) this.#counted += 1;
  }

  /** Unknown jobs are fine. */
  delete(jobId: string): void {
    if (this.#jobs.get(jobId) === true) this.#counted -= 1;
    this.#jobs.delete(jobId);
  }

  clear(): void {
    this.#jobs.clear();
    this.#counted = 0;
  }
}
