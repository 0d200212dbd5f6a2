/** The runs that this thread is busy with, so that they can be ended from outside. */
import { RunEnding, RunLeft } from './ending.ts';
import type { EndReason } from './ending.ts';

export interface RunSignals {
  /** Aborted with a `RunEnding` once the run is to end, or with a `RunLeft`; the first reason counts. */
  readonly ending: AbortSignal;
  /** Aborted with a `RunLeft` once it is left as it is to a successor, also where it was being ended. */
  readonly left: AbortSignal;
}

export interface LiveRuns {
  /** Registers `work` under the job's id until it settles. Nothing begins twice, nor once this is closed. */
  begin(jobId: string, work: (signals: RunSignals) => Promise<void>): void;
  /** Ends a run for `reason`. False where the job has no live run. */
  end(jobId: string, reason: EndReason): boolean;
  /** Lets go of a run. */
  leave(jobId: string): void;
  has(jobId: string): boolean;
  ids(): readonly string[];
  /** Resolves when the job's run, or where none is named any run, is live no more. */
  settled(jobId?: string): Promise<void>;
  /** No further run begins: those that would are a successor's. */
  close(): void;
}

interface Live {
  readonly ending: AbortController;
  readonly left: AbortController;
  readonly done: Promise<void>;
}

/** @param onFault told of an error that a run's own handling let through: a fault of ours */
export function makeLiveRuns(onFault: (jobId: string, error: unknown) => void): LiveRuns {
  const live = new Map<string, Live>();
  let closed = false;
  return {
    begin(jobId, work) {
      if (closed || live.has(jobId)) return;
      const ending = new AbortController();
      const left = new AbortController();
      const done = Promise.resolve()
        .then(() => work({ ending: ending.signal, left: left.signal }))
        .catch((error: unknown) => onFault(jobId, error))
        .finally(() => live.delete(jobId));
      live.set(jobId, { ending, left, done });
    },
    end(jobId, reason) {
      const run = live.get(jobId);
      run?.ending.abort(new RunEnding(reason));
      return run !== undefined;
    },
    leave(jobId) {
      const run = live.get(jobId);
      for (const each of [run?.left, run?.ending]) each?.abort(new RunLeft());
    },
    has: (jobId) => live.has(jobId),
    ids: () => [...live.keys()],
    async settled(jobId) {
      if (jobId !== undefined) return live.get(jobId)?.done;
      while (live.size > 0) await Promise.all([...live.values()].map(({ done }) => done));
    },
    close() {
      closed = true;
    },
  };
}
