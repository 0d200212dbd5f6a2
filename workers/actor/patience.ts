/** Getting past what passes by itself: a silent engine, a full disk. */
import { sleep } from '../../src/clock.ts';
import type { Clock } from '../../src/clock.ts';
import { PylonError } from '../../src/errors.ts';

const pauseMs = 500;

export interface Patience {
  readonly clock: Clock;
  /** For how long; Infinity: as long as it takes. */
  readonly patienceMs: number;
  /** Ends the waiting, with its reason. */
  readonly signal: AbortSignal;
  /** Ends it also while `work` is under way, which is then left to itself; `signal` unless given, null: nothing does. */
  readonly abandon?: AbortSignal | null;
}

/** Runs `work` again while it fails because the engine does not answer. Rejects with its last or any other failure. */
export function untilEngineAnswers<Result>(work: () => Promise<Result>, patience: Patience): Promise<Result> {
  return again(work, (error) => error instanceof PylonError && error.code === 'PYLON_ENGINE_SILENT', patience);
}

/** Runs `work` again while the disk does not take what it writes. Rejects with any other failure. */
export function untilStored<Result>(work: () => Result | Promise<Result>, patience: Patience): Promise<Result> {
  return again(async () => work(), isFullDisk, patience);
}

function isFullDisk(error: unknown): boolean {
  if (error instanceof PylonError) return error.code === 'PYLON_NOT_STORED';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOSPC', 'EDQUOT', 'EROFS'].includes(code);
}

async function again<Result>(
  work: () => Promise<Result>,
  passes: (error: unknown) => boolean,
  { clock, patienceMs, signal, abandon = signal }: Patience,
): Promise<Result> {
  const started = clock.now();
  for (;;) {
    try {
      signal.throwIfAborted();
      return await (abandon === null ? work() : orAborted(work(), abandon));
    } catch (error) {
      signal.throwIfAborted();
      if (!passes(error) || clock.now() - started >= patienceMs) throw error;
    }
    await sleep(clock, pauseMs, signal);
  }
}

/** Settles as `work` does, or rejects with the signal's reason as soon as that aborts. */
function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
