/** Blocks of text on their way to the daemon's output, which only the supervisor can write to. */
import type { FromPylon } from '../../src/protocol/messages.ts';

export interface Printer {
  /** Resolves when the text is written out. */
  readonly print: (text: string) => Promise<void>;
  /** The supervisor wrote the block with this id. */
  printed(id: number): void;
}

export function makePrinter(send: (message: FromPylon) => void): Printer {
  const waiting = new Map<number, () => void>();
  let lastId = 0;
  return {
    print: (text) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        send({ type: 'print', id: lastId, text });
      }),
    printed(id) {
      waiting.get(id)?.();
      waiting.delete(id);
    },
  };
}
