import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';

import { systemClock } from '../../src/clock.ts';
import type { HeaderPairs, Route } from '../../src/http/handle-request.ts';
import type { ListenerLimits } from '../../src/http/limits.ts';
import { publicListener } from '../../src/http/listener.ts';
import type { PublicListener } from '../../src/http/listener.ts';
import { makeLog } from '../../src/log.ts';
import type { LogLine } from '../../src/log.ts';
import type { RequestAnswer } from '../../src/protocol/messages.ts';

export interface Delivered {
  readonly route: string;
  readonly headers: HeaderPairs;
  readonly body: ArrayBuffer;
}

export interface Served {
  readonly listener: PublicListener;
  readonly port: number;
  readonly url: string;
  readonly delivered: Delivered[];
  readonly lines: LogLine[];
  readonly routes: Map<string, Route>;
}

export interface ServeOptions {
  readonly host?: string;
  readonly maxBodyBytes?: number;
  readonly limits?: Partial<ListenerLimits>;
  readonly deliver?: (delivered: Delivered) => Promise<RequestAnswer>;
}

/** A listener on a free port with routes /a and /b, stopped when the test ends. */
export async function serve(t: TestContext, options: ServeOptions = {}): Promise<Served> {
  const delivered: Delivered[] = [];
  const lines: LogLine[] = [];
  const routes = new Map([
    ['/a', { name: 'a' }],
    ['/b', { name: 'b' }],
  ]);
  const accept = (): Promise<RequestAnswer> =>
    Promise.resolve({ status: 202, body: { job_id: 'j', status: 'accepted' } });
  const listener = publicListener({
    host: options.host ?? '127.0.0.1',
    port: 0,
    settingsFile: '/home/pylon/config.yaml',
    maxBodyBytes: options.maxBodyBytes ?? 1_000_000,
    limits: options.limits ?? {},
    route: (path) => routes.get(path),
    deliver: (route, headers, body) => {
      const one = { route: route.name, headers, body };
      delivered.push(one);
      return (options.deliver ?? accept)(one);
    },
    clock: systemClock,
    log: makeLog((line) => lines.push(line)),
  });
  const { port } = await listener.start();
  t.after(() => listener.stop(0));
  return { listener, port, url: `http://127.0.0.1:${port}`, delivered, lines, routes };
}

export interface RawConnection {
  readonly socket: Socket;
  /** Everything received so far. */
  text(): string;
  /** Resolves with everything received once it matches; rejects when the connection ends without it. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with everything received when the connection is closed. */
  closed(): Promise<string>;
}

/** A connection on which a test writes and reads bytes itself. */
export function rawConnection(t: TestContext, port: number, first = ''): RawConnection {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => (received += text));
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  if (first !== '') socket.write(first);
  return {
    socket,
    text: () => received,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(received)) resolve(received);
        };
        look();
        socket.on('data', look);
        void closed.then(() =>
          reject(new Error(`closed with ${JSON.stringify(received)}, without ${String(pattern)}`)),
        );
      }),
    closed: () => closed,
  };
}

/** A promise and its resolver: for a delivery that a test lets end when it wants. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
