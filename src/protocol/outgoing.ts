/** One side's way of sending through a port: what a turn of the event loop brings together goes as one message. */
import type { MessagePort, Transferable } from 'node:worker_threads';

export interface Outgoing<Message> {
  send(message: Message, transfer?: readonly Transferable[]): void;
}

export interface OutgoingOptions<Message> {
  /** Messages that come in crowds and may wait for the end of the turn; any other goes at once, after those that wait. */
  readonly mayWait: (message: Message) => boolean;
  /** Calls back at the end of the turn. */
  readonly atTurnsEnd: (send: () => void) => void;
}

/** Under load, a message of its own for each request and answer costs more than storing the job. Receivers get arrays. */
export function makeOutgoing<Message>(port: MessagePort, options: OutgoingOptions<Message>): Outgoing<Message> {
  let messages: Message[] = [];
  let transfers: Transferable[] = [];
  const flush = (): void => {
    if (messages.length === 0) return;
    const [sent, moved] = [messages, transfers];
    messages = [];
    transfers = [];
    port.postMessage(sent, moved);
  };
  return {
    send(message, transfer = []) {
      messages.push(message);
      transfers.push(...transfer);
      if (!options.mayWait(message)) flush();
      else if (messages.length === 1) options.atTurnsEnd(flush);
    },
  };
}
