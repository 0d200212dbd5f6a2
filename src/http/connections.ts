import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Clock } from '../clock.ts';
import type { ListenerLimits } from './limits.ts';

/** Which connections there are, what each is doing, and how they are all brought to an end. */
export interface ConnectionBook {
  /** A request came on `socket`; `response` will answer it. */
  begin(socket: Duplex, response: ServerResponse): void;
  /** Whether part of an answer was already written on `socket`, so that another cannot be. */
  hasBegun(socket: Duplex): boolean;
  /** Whether the connection came when there were already as many as are served. */
  isExcess(socket: Duplex): boolean;
  /** What still comes on `socket` is only thrown away: it takes no place from others any more. */
  leave(socket: Duplex): void;
  /** Whether the connection is to end with its next answer. */
  isLast(socket: Duplex): boolean;
  /** Stops listening, lets the requests in flight be answered, and resolves when every connection is closed. */
  close(graceMs: number, clock: Clock): Promise<void>;
}

export function connectionBook(server: Server, limits: ListenerLimits): ConnectionBook {
  const silent = new Set<Duplex>();
  const excess = new WeakSet<Duplex>();
  const answering = new WeakMap<Duplex, ServerResponse>();
  const serving = new Set<Duplex>();
  let closing = false;

  server.on('connection', (socket) => {
    serving.add(socket);
    if (serving.size > limits.connections) excess.add(socket);
    silent.add(socket);
    socket.once('close', () => {
      serving.delete(socket);
      silent.delete(socket);
    });
  });

  return {
    begin(socket, response) {
      silent.delete(socket);
      answering.set(socket, response);
      response.once('close', () => {
        if (answering.get(socket) === response) answering.delete(socket);
        // An answer that was written just before the close promised a connection that may now go.
        if (closing) setImmediate(() => server.closeIdleConnections());
      });
    },
    hasBegun: (socket) => answering.get(socket)?.headersSent ?? false,
    isExcess: (socket) => excess.has(socket),
    leave: (socket) => void serving.delete(socket),
    isLast: (socket) => closing || excess.has(socket),
    close(graceMs, clock) {
      closing = true;
      return new Promise((resolve) => {
        const giveUp = clock.after(graceMs, () => server.closeAllConnections());
        server.once('close', () => {
          giveUp.cancel();
          resolve();
        });
        // Two turns later, so that requests which had already arrived are read first: this closes what is idle.
        setImmediate(() =>
          setImmediate(() => {
            server.close();
            for (const socket of silent) if (hasSentNothing(socket)) socket.destroy();
          }),
        );
      });
    },
  };
}

const hasSentNothing = (socket: Duplex): boolean => !('bytesRead' in socket) || socket.bytesRead === 0;
