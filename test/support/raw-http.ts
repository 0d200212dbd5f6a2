/** Requests as no HTTP client would send them: bytes on a connection, and what came back. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface RawAnswer {
  /** 0 where the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

export interface Wire {
  readonly socket: Socket;
  /** Resolves with the first whole answer, or with what there is when the connection ends. */
  readonly answer: Promise<RawAnswer>;
}

/** Opens a connection to `url` and writes `bytes` on it. Never rejects: a reset is an answer too. */
export function wire(url: string, bytes: string | Buffer = ''): Wire {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const answer = new Promise<RawAnswer>((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (isWhole(text)) resolve(asAnswer(text));
    });
    socket.on('error', () => undefined).on('close', () => resolve(asAnswer(text)));
  });
  if (bytes.length > 0) socket.write(bytes);
  return { socket, answer };
}

/** Sends `bytes` on a connection of their own, which is closed afterwards. */
export async function exchange(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { socket, answer } = wire(url, bytes);
  try {
    return await answer;
  } finally {
    socket.destroy();
  }
}

/** The code of the error in an answer's body, or undefined where it has none. */
export function errorCodeOf(answer: RawAnswer): string | undefined {
  return /"code":"(PYLON_[A-Z_]+)"/.exec(answer.text)?.[1];
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1];
  return length !== undefined && Buffer.byteLength(text.slice(end + 4)) >= Number(length);
}

function asAnswer(text: string): RawAnswer {
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text };
}
