import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Clock } from '../clock.ts';
import type { PylonError } from '../errors.ts';
import type { RequestAnswer } from '../protocol/messages.ts';
import { declaredLength } from './body.ts';
import type { ListenerLimits } from './limits.ts';

/** `error` as an answer: its status, and `{"error":{"code","message"}}`. */
export function errorAnswer(error: PylonError, headers: Readonly<Record<string, string>> = {}): RequestAnswer {
  return { status: error.http, headers, body: { error: { code: error.code, message: error.message } } };
}

/** Sends `answer` as JSON. `last`: the connection ends with it. Harmless when the sender has gone. */
export function sendAnswer(response: ServerResponse, answer: RequestAnswer, last: boolean): void {
  if (response.destroyed || response.headersSent) return;
  response.end(writeHead(response, answer, last));
}

/** A body up to this size is read to its end behind the answer, so that the connection can be used again. */
const smallBody = 64 * 1024;

/**
 * Sends `answer` to a request whose body was not (wholly) read. Closing at once would reset the connection and the
 * sender would never see the answer, so an unfinished body is read and thrown away for a while before the end.
 * `last`: the connection ends with it; `abandon`: nothing more is worth waiting for on it (its sender is too slow);
 * `onDiscard`: called when all that is left to do is to throw a body away.
 */
export function refuseAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: RequestAnswer,
  options: { last: boolean; abandon: boolean; onDiscard: () => void; limits: ListenerLimits; clock: Clock },
): void {
  const awaited = request.complete ? 0 : declaredLength(request);
  // After an unanswered `Expect: 100-continue` nobody knows whether the body follows: that connection cannot go on.
  const uncertain = request.headers.expect !== undefined && awaited !== 0;
  if (awaited !== undefined && awaited <= smallBody && !uncertain && !options.abandon) {
    sendAnswer(response, answer, options.last);
    return;
  }
  if (response.destroyed || response.headersSent) return;
  response.write(writeHead(response, answer, true));
  options.onDiscard();
  discard(request, options.limits, options.clock, () => response.end());
}

function writeHead(response: ServerResponse, answer: RequestAnswer, last: boolean): string {
  const text = `${JSON.stringify(answer.body)}\n`;
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...(last ? { connection: 'close' } : {}),
  });
  return text;
}

function discard(request: IncomingMessage, limits: ListenerLimits, clock: Clock, then: () => void): void {
  let seen = 0;
  const done = (): void => {
    timer.cancel();
    request.off('data', onData).off('end', done).off('close', done);
    then();
  };
  const onData = (chunk: Buffer): void => {
    seen += chunk.length;
    if (seen > limits.lingerBytes) done();
  };
  const timer = clock.after(limits.lingerMs, done);
  request.on('error', () => undefined);
  request.on('data', onData).on('end', done).on('close', done);
  request.resume();
}
