/** The process groups that a thread started: they must not outlive it. */
export class ChildGroups {
  readonly #pids = new Set<number>();

  add(pid: number): void {
    this.#pids.add(pid);
  }

  delete(pid: number): void {
    this.#pids.delete(pid);
  }

  /** Kills every group that is left. Those that ended by themselves meanwhile are fine. */
  killAll(): void {
    for (const pid of this.#pids) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // ESRCH: it has ended.
      }
    }
    this.#pids.clear();
  }
}
