/** Ctrl+C and its kin while the demo runs. */

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Resolves with the first signal. */
  readonly happened: Promise<void>;
  /** As a signal would. */
  readonly interrupt: () => void;
  /** Listens no more. */
  close(): void;
}

/** The exit code of what was interrupted: 128 + SIGINT, as shells have it. */
export const interruptedExit = 130;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm hands a Ctrl+C on to a program that the terminal has told already. */
const sameKeyMs = 1_000;

/** @param hurried called for another signal well after the first; the process ends when it returns */
export function listenForInterruption(hurried: () => void): Interruption {
  const controller = new AbortController();
  let first: number | undefined;
  const interrupt = (): void => {
    first ??= Date.now();
    controller.abort(new Error('interrupted'));
  };
  const onSignal = (): void => {
    if (first !== undefined && Date.now() - first > sameKeyMs) {
      hurried();
      process.exit(interruptedExit);
    }
    interrupt();
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    happened: new Promise((resolve) => controller.signal.addEventListener('abort', () => resolve(), { once: true })),
    interrupt,
    close() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
