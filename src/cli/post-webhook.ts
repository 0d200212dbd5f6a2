/** Sends a webhook request to the daemon of this machine. */
import { request } from 'node:http';

import type { DaemonStatus } from '../control/daemon-view.ts';
import { fail, reasonOf } from '../errors.ts';

export interface WebhookAnswer {
  readonly status: number;
  /** The answer's JSON, or its text where it is none. */
  readonly body: unknown;
}

/** Where a listener at `address` is reached from this machine: "all addresses" are not one to connect to. */
export function reachable({ host, port }: NonNullable<DaemonStatus['address']>, path: string): URL {
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new URL(`http://${local.includes(':') ? `[${local}]` : local}:${port}${path}`);
}

/** The daemon answers once the event is stored, or its pylon did not come back in time; ms. */
const answerWithin = 30_000;
const largestAnswer = 1024 * 1024;

/** Rejects with PYLON_TEST_UNSENT where no answer comes. */
export async function postWebhook(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<WebhookAnswer> {
  const signal = AbortSignal.timeout(answerWithin);
  try {
    return await new Promise<WebhookAnswer>((resolve, reject) => {
      const length = { 'content-length': String(body.length) };
      const sent = request(
        url,
        { method: 'POST', headers: { ...headers, ...length }, agent: false, signal },
        (response) => {
          const pieces: Buffer[] = [];
          let size = 0;
          response.on('data', (piece: Buffer) => {
            size += piece.length;
            if (size > largestAnswer) response.destroy(new Error('the answer is larger than 1 MB'));
            else pieces.push(piece);
          });
          response.on('error', reject);
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(pieces).toString()) });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  } catch (error) {
    const reason = signal.aborted ? `none came within ${answerWithin / 1_000} s` : reasonOf(error);
    throw fail('PYLON_TEST_UNSENT', { url: url.href, reason }, { cause: error });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
