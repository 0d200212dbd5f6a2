/** The public listener. It knows paths and bytes, and nothing of what a pylon does with them. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { RequestAnswer } from '../protocol/messages.ts';
import { bodyAllowance } from './allowance.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { connectionBook } from './connections.ts';
import { requestHandler } from './handle-request.ts';
import type { HeaderPairs, Route } from './handle-request.ts';
import { defaultLimits } from './limits.ts';
import type { ListenerLimits } from './limits.ts';
import { startServer } from './start-server.ts';

export interface PublicListenerOptions<R extends Route> {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Named in the message when the port is taken. */
  readonly settingsFile: string;
  readonly maxBodyBytes: number;
  readonly limits?: Partial<ListenerLimits>;
  /** The route of a path as it stands in the request line, without the query; asked once for each request. */
  readonly route: (path: string) => R | undefined;
  /** Takes a request whole (header names in lower case, repeats as pairs of their own; `at` in ms) and gives its answer. */
  readonly deliver: (route: R, headers: HeaderPairs, body: ArrayBuffer, at: number) => Promise<RequestAnswer>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface PublicListener {
  /** Resolves when it listens; throws PYLON_PORT_IN_USE. Twice is the same as once. */
  start(): Promise<{ address: string; port: number }>;
  /** Takes no more connections, answers the requests in flight (for `graceMs` at most), and resolves when all are closed. */
  stop(graceMs: number): Promise<void>;
}

export function publicListener<R extends Route>(options: PublicListenerOptions<R>): PublicListener {
  const limits: ListenerLimits = { ...defaultLimits, ...options.limits };
  const allowance = bodyAllowance({
    total: limits.bodies,
    perRoute: limits.bodiesPerRoute,
    largest: options.maxBodyBytes,
  });
  const server = makeServer(limits);
  const book = connectionBook(server, limits);
  const handle = requestHandler({ ...options, limits, allowance, book });
  server.on('request', handle).on('checkContinue', handle);
  server.on('clientError', (error, socket) => answerBrokenRequest(error, socket, book.hasBegun(socket)));

  let started: Promise<AddressInfo> | undefined;
  let stopped: Promise<void> | undefined;
  return {
    start() {
      started ??= startServer(server, options);
      return started;
    },
    stop(graceMs) {
      stopped ??= (async () => {
        if (started === undefined) return;
        const listening = await started.catch(() => undefined);
        if (listening !== undefined) await book.close(graceMs, options.clock);
      })();
      return stopped;
    },
  };
}

function makeServer(limits: ListenerLimits): Server {
  const server = createServer({
    headersTimeout: limits.headersMs,
    // The body has a timer of its own, which can answer; this one is for bodies that nobody reads.
    requestTimeout: limits.headersMs + limits.bodyMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs / 4),
    keepAliveTimeout: limits.keepAliveMs,
  });
  server.timeout = limits.idleMs;
  server.maxConnections = limits.connections * 2;
  return server;
}
