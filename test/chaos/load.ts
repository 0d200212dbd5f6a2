/** Senders of events: each event is sent until it is taken, as GitHub's redelivery or a person would. */
import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { secret } from '../support/home.ts';
import { cast } from './cast.ts';
import type { PylonName } from './cast.ts';
import type { SentRequest } from './evidence.ts';
import { seeded } from './prng.ts';

export interface Load {
  readonly requests: readonly SentRequest[];
  /** Sends one new event; resolves with whether it was taken in the end. */
  send(pylon: PylonName, tries?: number): Promise<boolean>;
  /** No new events; resolves when every sender has come to an end. */
  stop(): Promise<void>;
}

const defaultTries = 8;
const mostAtOnce = 60;
/** Longest run of the agent in steps of a fifth of a second. */
const mostTicks = 5;

/** Begins at once. @param rate events per second */
export function startLoad(options: { readonly url: string; readonly rate: number; readonly seed: number }): Load {
  const requests: SentRequest[] = [];
  const random = seeded(options.seed ^ 0x10ad);
  const stopping = new AbortController();
  const sending = new Set<Promise<boolean>>();
  const sendUntilTaken = async (pylon: PylonName, tries: number): Promise<boolean> => {
    const event = { pylon, delivery: randomUUID(), ticks: random.between(0, mostTicks) };
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      const sent = await sendOnce(options.url, event);
      requests.push(sent);
      if (sent.status !== null && sent.status < 300) return true;
      await pause(500 * Math.min(attempt, 4));
    }
    return false;
  };
  const send = (pylon: PylonName, tries = defaultTries): Promise<boolean> => {
    const sent = sendUntilTaken(pylon, tries).finally(() => sending.delete(sent));
    sending.add(sent);
    return sent;
  };
  const clockwork = (async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (sending.size < mostAtOnce) void send(random.pick(cast));
      const next = (2 * random.next() * 1_000) / options.rate;
      await pause(next, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    requests,
    send,
    async stop() {
      stopping.abort();
      await clockwork;
      await Promise.all(sending);
    },
  };
}

interface Event {
  readonly pylon: PylonName;
  readonly delivery: string;
  readonly ticks: number;
}

const answerWithinMs = 40_000;

/** Over a connection of its own: a kept one that the daemon closes meanwhile would look like a lost answer. */
function sendOnce(url: string, event: Event): Promise<SentRequest> {
  const body = JSON.stringify({ ticks: event.ticks, filling: 'x'.repeat(512) });
  const from = Date.now();
  return new Promise((resolve) => {
    const done = (status: number | null, jobId: string | null, word: string): void =>
      resolve({ ...event, from, to: Date.now(), status, jobId, word });
    const asked = request(`${url}/${event.pylon}`, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-github-event': 'push',
        'x-github-delivery': event.delivery,
        'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      },
      signal: AbortSignal.timeout(answerWithinMs),
    });
    asked.on('error', (error) => done(null, null, 'code' in error ? String(error.code) : error.message));
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('error', () => done(null, null, 'cut'));
      response.on('end', () => {
        const { job_id = null, status, error } = JSON.parse(text) as Answer;
        done(response.statusCode ?? null, job_id, error?.code ?? status ?? '');
      });
    });
    asked.end(body);
  });
}

interface Answer {
  readonly job_id?: string;
  readonly status?: string;
  readonly error?: { readonly code: string };
}
