/** Getting past what passes by itself: a silent engine, a full disk. */
import { sleep } from '../../src/clock.ts';
import type { Clock } from '../../src/clock.ts';
import { PylonError } from '../../src/errors.ts';

const pauseMs = 500;

export interface Patience {
  readonly clock: Clock;
  /** For how long; Infinity: as long as it takes. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** Runs `work` again while it fails because the engine does not answer. Rejects with its last or any other failure. */
export function untilEngineAnswers<Result>(work: () => Promise<Result>, patience: Patience): Promise<Result> {
  return again(work, (error) => error instanceof PylonError && error.code === 'PYLON_ENGINE_SILENT', patience);
}

/** Runs `work` again while the disk does not take what it writes. Rejects with any other failure. */
export function untilStored<Result>(work: () => Result, patience: Patience): Promise<Result> {
  return again(async () => work(), isFullDisk, patience);
}

function isFullDisk(error: unknown): boolean {
  if (error instanceof PylonError) return error.code === 'PYLON_NOT_STORED';
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['ENOSPC', 'EDQUOT', 'EROFS'].includes(code);
}

async function again<Result>(
  work: () => Promise<Result>,
  passes: (error: unknown) => boolean,
  { clock, patienceMs, signal }: Patience,
): Promise<Result> {
  const started = clock.now();
  for (;;) {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!passes(error) || clock.now() - started >= patienceMs) throw error;
    }
    await sleep(clock, pauseMs, signal);
  }
}
