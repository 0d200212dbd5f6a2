import type { IncomingMessage } from 'node:http';

import type { Clock } from '../clock.ts';
import { asPylonError, fail } from '../errors.ts';
import type { Ticket } from './allowance.ts';
import type { ListenerLimits } from './limits.ts';

/** The sender went away before its request was complete: there is nobody to answer. */
export class SenderGone extends Error {
  override readonly name = 'SenderGone';
}

/**
 * Reads a request's body into one ArrayBuffer of exactly its length, which can be transferred to another thread.
 * Throws PYLON_BODY_TOO_LARGE, PYLON_TOO_BUSY (from `ticket`), PYLON_TOO_SLOW, or `SenderGone`.
 */
export function readBody(
  request: IncomingMessage,
  options: { maxBytes: number; ticket: Ticket; limits: ListenerLimits; clock: Clock },
): Promise<ArrayBuffer> {
  const { maxBytes, ticket, limits, clock } = options;
  const bytes = growingBytes(declaredLength(request) ?? maxBytes, maxBytes);
  return new Promise((resolve, reject) => {
    let atWindowStart = 0;
    const endAt = clock.now() + limits.bodyMs;
    const settle = (outcome: () => void): void => {
      timer.cancel();
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      // The socket's own error may still come; nobody waits for it any more.
      request.on('error', () => undefined);
      outcome();
    };
    const refuse = (error: Error): void =>
      settle(() => {
        request.pause();
        reject(error);
      });
    const onData = (chunk: Buffer): void => {
      try {
        if (bytes.length() + chunk.length > maxBytes) throw fail('PYLON_BODY_TOO_LARGE', { limit: maxBytes });
        ticket.take(chunk.length);
        bytes.append(chunk);
      } catch (error) {
        refuse(asPylonError(error));
      }
    };
    const onEnd = (): void => settle(() => resolve(bytes.finish()));
    const onGone = (): void => settle(() => reject(new SenderGone('the sender closed the connection')));
    const onWindow = (): void => {
      const brought = bytes.length() - atWindowStart;
      if (brought < limits.rateBytes || clock.now() >= endAt) refuse(tooSlow(brought, limits, clock.now() >= endAt));
      else timer = armWindow();
      atWindowStart = bytes.length();
    };
    const armWindow = (): ReturnType<Clock['after']> =>
      clock.after(Math.min(limits.rateWindowMs, Math.max(0, endAt - clock.now())), onWindow);
    let timer = armWindow();
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

/** The length that the request says its body has; undefined where it comes in chunks. */
export function declaredLength(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length'];
  if (text !== undefined) return Number(text);
  return request.headers['transfer-encoding'] === undefined ? 0 : undefined;
}

function tooSlow(brought: number, limits: ListenerLimits, over: boolean): Error {
  const reason = over
    ? `its body took longer than ${limits.bodyMs / 1_000} s`
    : `only ${brought} bytes of its body came in ${limits.rateWindowMs / 1_000} s`;
  return fail('PYLON_TOO_SLOW', { reason });
}

interface GrowingBytes {
  length(): number;
  append(chunk: Buffer): void;
  finish(): ArrayBuffer;
}

/** Chunks are copied at once: kept as they come, a body sent byte by byte would cost a hundred times its size. */
function growingBytes(expected: number, most: number): GrowingBytes {
  const ceiling = Math.min(expected, most);
  let target = new Uint8Array(Math.min(ceiling, 64 * 1024));
  let used = 0;
  return {
    length: () => used,
    append(chunk) {
      if (used + chunk.length > target.length) {
        const grown = new Uint8Array(Math.max(used + chunk.length, Math.min(target.length * 2, ceiling)));
        grown.set(target.subarray(0, used));
        target = grown;
      }
      target.set(chunk, used);
      used += chunk.length;
    },
    finish: () => (used === target.length ? target.buffer : target.buffer.slice(0, used)),
  };
}
