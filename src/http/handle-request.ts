import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Clock } from '../clock.ts';
import { asPylonError, fail, PylonError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RequestAnswer } from '../protocol/messages.ts';
import type { Allowance } from './allowance.ts';
import { retryAfterSeconds, tooBusy } from './allowance.ts';
import { errorAnswer, refuseAnswer, sendAnswer } from './answer.ts';
import { declaredLength, readBody, SenderGone } from './body.ts';
import type { ConnectionBook } from './connections.ts';
import type { ListenerLimits } from './limits.ts';

/** Where a path leads: whatever the caller needs to deliver there. Routes of one name share an allowance of bytes. */
export interface Route {
  readonly name: string;
}

/** Names in lower case; a header that was sent twice is two pairs. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

export interface Handling<R extends Route> {
  readonly maxBodyBytes: number;
  readonly route: (path: string) => R | undefined;
  readonly deliver: (route: R, headers: HeaderPairs, body: ArrayBuffer, at: number) => Promise<RequestAnswer>;
  readonly limits: ListenerLimits;
  readonly allowance: Allowance;
  readonly book: ConnectionBook;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the server does with each request: judges it, reads it, delivers it, answers it. */
export function requestHandler<R extends Route>(
  handling: Handling<R>,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { limits, book, log, clock } = handling;
  return (request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/s, '');
    book.begin(request.socket, response);
    answerTo(handling, request, response, path).then(
      (answer) => sendAnswer(response, answer, book.isLast(request.socket)),
      (thrown: unknown) => {
        if (thrown instanceof SenderGone) return;
        const error = publicError(thrown, log);
        const answer = errorAnswer(error, headersOf(error, path));
        const abandon = error.code === 'PYLON_TOO_SLOW';
        const last = book.isLast(request.socket);
        const onDiscard = (): void => book.leave(request.socket);
        refuseAnswer(request, response, answer, { last, abandon, onDiscard, limits, clock });
      },
    );
  };
}

const healthPath = '/healthz';

/** The order in which a request is looked at is part of the product: docs/webhooks.md lists it. */
async function answerTo<R extends Route>(
  handling: Handling<R>,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<RequestAnswer> {
  const { maxBodyBytes, limits, clock, allowance, book } = handling;
  const at = clock.now();
  const method = request.method ?? '';
  if (path === healthPath) return health(method);

  const route = handling.route(path);
  if (route === undefined) throw fail('PYLON_NOT_FOUND', { path: shown(path) });
  if (method !== 'POST') throw fail('PYLON_METHOD_NOT_ALLOWED', { method, path: shown(path), allowed: 'POST' });
  const length = declaredLength(request);
  if (length !== undefined && length > maxBodyBytes) throw fail('PYLON_BODY_TOO_LARGE', { limit: maxBodyBytes });
  if (book.isExcess(request.socket)) throw tooBusy();

  const ticket = allowance.enter(route.name, length ?? 0);
  try {
    if (request.headers.expect !== undefined) response.writeContinue();
    const body = await readBody(request, { maxBytes: maxBodyBytes, ticket, limits, clock });
    return await handling.deliver(route, headerPairs(request.rawHeaders), body, at);
  } finally {
    ticket.release();
  }
}

function health(method: string): RequestAnswer {
  if (method !== 'GET' && method !== 'HEAD')
    throw fail('PYLON_METHOD_NOT_ALLOWED', { method, path: healthPath, allowed: 'GET' });
  return { status: 200, body: { status: 'ok' } };
}

function headersOf(error: PylonError, path: string): Readonly<Record<string, string>> {
  if (error.code === 'PYLON_METHOD_NOT_ALLOWED') return { allow: path === healthPath ? 'GET, HEAD' : 'POST' };
  if (error.code === 'PYLON_TOO_BUSY') return { 'retry-after': String(retryAfterSeconds) };
  return {};
}

const shown = (path: string): string => (path.length > 200 ? `${path.slice(0, 200)}…` : path);

/** What nobody foresaw goes to the log; strangers learn only that it happened. */
function publicError(thrown: unknown, log: Log): PylonError {
  if (thrown instanceof PylonError) return thrown;
  log.error(asPylonError(thrown).message);
  return fail('PYLON_INTERNAL', { reason: 'the daemon’s log says what' });
}

function headerPairs(raw: readonly string[]): HeaderPairs {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    pairs.push([(raw[index] ?? '').toLowerCase(), raw[index + 1] ?? '']);
  }
  return pairs;
}
