import { STATUS_CODES, maxHeaderSize } from 'node:http';
import type { Duplex } from 'node:stream';

import { fail } from '../errors.ts';
import type { PylonError } from '../errors.ts';
import { errorAnswer } from './answer.ts';

/** Answers what never became a request (not HTTP, too slow, too many headers) and ends its connection. */
export function answerBrokenRequest(error: Error, socket: Duplex, answerBegun: boolean): void {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ECONNRESET' || !socket.writable || answerBegun) {
    socket.destroy();
    return;
  }
  const { status, body } = errorAnswer(asAnswerable(error, code));
  const text = `${JSON.stringify(body)}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  // Destroyed once it is written: a sender that never closes its side must not keep the connection.
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}

function asAnswerable(error: Error, code: string | undefined): PylonError {
  if (code === 'HPE_HEADER_OVERFLOW') return fail('PYLON_HEADERS_TOO_LARGE', { limit: maxHeaderSize });
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return fail('PYLON_TOO_SLOW', { reason: 'its headers are not complete' });
  const { reason } = error as Error & { reason?: string };
  return fail('PYLON_BAD_REQUEST', { reason: reason ?? 'it cannot be read' });
}
