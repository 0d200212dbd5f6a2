/** Who asks the daemon to stop: a signal, or a command. */

export type StopRequest = 'exit' | 'start again';

export interface StopRequests {
  /** A command asks. */
  readonly ask: (request: StopRequest) => void;
  /** Resolves with the first request that comes, or came since the last one was taken. */
  next(): Promise<StopRequest>;
  close(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** 128 + SIGINT, as shells have it. */
const hurriedExit = 130;

/** Listens for signals until `close`. A second signal ends the process at once. */
export function stopRequests(): StopRequests {
  let asked: StopRequest | undefined;
  let signalled = false;
  let wake: (() => void) | undefined;
  const ask = (request: StopRequest): void => {
    asked = asked === 'exit' ? asked : request;
    wake?.();
  };
  const onSignal = (): void => {
    // Nothing is left undone that the next start would not do.
    if (signalled) process.exit(hurriedExit);
    signalled = true;
    ask('exit');
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    ask,
    async next() {
      if (asked === undefined) await new Promise<void>((resolve) => (wake = resolve));
      const request = asked ?? 'exit';
      if (request !== 'exit') asked = undefined;
      return request;
    },
    close() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
