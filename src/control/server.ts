/** The daemon's control socket: HTTP with JSON on a Unix socket that only the daemon's user can open. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';

import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { asPylonError, reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { DaemonView, JobLog } from './daemon-view.ts';
import { assertFollowable, followFile } from './follow-file.ts';
import { listenPrivately, removeSocketLink } from './private-socket.ts';
import { answerTo } from './routes.ts';

export interface ControlServer {
  /** Resolves when commands can connect; rejects with PYLON_CONTROL_SOCKET. */
  start(): Promise<void>;
  /** Lets answers under way end (those that follow a log are cut), then removes the socket. Twice, or never started, is fine. */
  stop(): Promise<void>;
}

/** How long answers under way get at a stop, in ms. */
const stopGrace = 1_000;

/** The caller holds the home's lock: what is at the socket's place is a dead daemon's and is replaced. */
export function controlServer(options: { home: string; view: DaemonView; log: Log; clock?: Clock }): ControlServer {
  const { home, view, log, clock = systemClock } = options;
  const closing = new AbortController();
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 1_000 });
  server.on('request', (request, response) => {
    request.resume();
    handle(request, response).catch((error: unknown) => {
      log.error(`The control socket could not answer ${request.method} ${request.url}: ${reasonOf(error)}`);
      response.destroy();
    });
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const answer = await answerTo(request.method ?? '', request.url ?? '', view);
      if (answer.kind === 'log') return await sendLog(response, answer.log, answer.follow, clock, closing.signal);
      if (answer.afterwards !== undefined) response.once('close', answer.afterwards);
      sendJson(response, answer.status, answer.body);
    } catch (error) {
      const known = asPylonError(error);
      if (known.code === 'PYLON_INTERNAL') log.error(`${request.method} ${request.url}: ${reasonOf(error)}`);
      sendJson(response, known.http, { error: { code: known.code, message: known.message } });
    }
  };

  let stopped: Promise<void> | undefined;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      closing.abort(new Error('The daemon is stopping'));
      const late = clock.after(stopGrace, () => server.closeAllConnections());
      server.close(() => {
        late.cancel();
        removeSocketLink(home);
        resolve();
      });
      server.closeIdleConnections();
    });

  let started = false;
  return {
    async start() {
      started = true;
      await listenPrivately(server, home);
      server.on('error', (error) => log.error(`The control socket failed: ${reasonOf(error)}`));
    },
    stop() {
      stopped ??= started ? close() : Promise.resolve();
      return stopped;
    },
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) {
    // A stream that fails half-way: cutting it tells the reader that it is not complete.
    response.destroy();
    return;
  }
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

async function sendLog(
  response: ServerResponse,
  log: JobLog,
  follow: boolean,
  clock: Clock,
  closing: AbortSignal,
): Promise<void> {
  await assertFollowable(log.file);
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('The reader went away')));
  const chunks = followFile(log.file, {
    ended: () => !follow || log.ended(),
    clock,
    signal: AbortSignal.any([closing, gone.signal]),
  });
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'x-pylon-job': log.job.id });
  // A follower wants to know at once that it is connected.
  response.flushHeaders();
  try {
    await pipeline(chunks, response);
  } catch (error) {
    response.destroy();
    if (!gone.signal.aborted && !closing.aborted) throw error;
  }
}
