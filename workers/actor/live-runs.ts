/** The runs that this thread is busy with, so that they can be ended from outside. */
import { RunEnding } from './ending.ts';
import type { EndReason } from './ending.ts';

export interface LiveRuns {
  /** Registers `work` under the job's id until it settles. `work` gets the signal that `end` aborts. */
  begin(jobId: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Ends a run for `reason`; the first reason counts. False where the job has no live run. */
  end(jobId: string, reason: EndReason): boolean;
  has(jobId: string): boolean;
  ids(): readonly string[];
  /** Resolves when the job's run, or where none is named any run, is live no more. */
  settled(jobId?: string): Promise<void>;
}

/** @param onFault told of an error that a run's own handling let through: a fault of ours */
export function makeLiveRuns(onFault: (jobId: string, error: unknown) => void): LiveRuns {
  const live = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>();
  return {
    begin(jobId, work) {
      if (live.has(jobId)) return;
      const abort = new AbortController();
      const done = (async (): Promise<void> => {
        try {
          await work(abort.signal);
        } catch (error) {
          onFault(jobId, error);
        } finally {
          live.delete(jobId);
        }
      })();
      // A run that settled at once has removed itself already.
      live.set(jobId, { abort, done });
      void done.then(() => live.delete(jobId));
    },
    end(jobId, reason) {
      const run = live.get(jobId);
      run?.abort.abort(new RunEnding(reason));
      return run !== undefined;
    },
    has: (jobId) => live.has(jobId),
    ids: () => [...live.keys()],
    async settled(jobId) {
      if (jobId !== undefined) return live.get(jobId)?.done;
      while (live.size > 0) await Promise.all([...live.values()].map(({ done }) => done));
    },
  };
}
