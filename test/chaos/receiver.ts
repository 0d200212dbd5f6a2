/** Where the pylons' webhook channels deliver: writes down every message, and gives the trouble that it is told to. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { ReceivedMessage } from './evidence.ts';
import type { ChannelTrouble } from './plan.ts';

export interface Receiver {
  /** Without a slash at the end. */
  readonly url: string;
  readonly received: readonly ReceivedMessage[];
  become(state: ChannelTrouble | 'well'): Promise<void>;
  close(): Promise<void>;
}

interface Message {
  readonly job_id: string;
  readonly event: string;
  readonly status: string;
}

const slowMs = 1_500;

export async function startReceiver(): Promise<Receiver> {
  const received: ReceivedMessage[] = [];
  let state: ChannelTrouble | 'well' = 'well';
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('error', () => undefined);
    request.on('end', () => {
      const message = JSON.parse(body) as Message;
      const answered = statusOf(state);
      const note = (): void => {
        received.push({
          at: Date.now(),
          messageId: String(request.headers['webhook-id']),
          jobId: message.job_id,
          event: message.event,
          status: message.status,
          answered,
        });
        answer(response, answered);
      };
      if (state === 'slow') setTimeout(note, slowMs);
      else note();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async become(next) {
      state = next;
      if (next === 'down') {
        server.close();
        server.closeAllConnections();
      } else if (!server.listening) {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      }
    },
    async close() {
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

function statusOf(state: ChannelTrouble | 'well'): number | null {
  switch (state) {
    case 'well':
    case 'slow':
      return 200;
    case 'too-many':
      return 429;
    case 'error':
      return 502;
    case 'refuse':
      return 410;
    case 'down':
    case 'cut':
      return null;
  }
}

function answer(response: ServerResponse, status: number | null): void {
  if (status === null) response.destroy();
  else response.writeHead(status, status === 429 ? { 'retry-after': '1' } : {}).end();
}
