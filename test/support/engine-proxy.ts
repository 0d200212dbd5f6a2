/** A Unix socket in front of the container engine's, which can go away, hang and come back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { engineAddress } from '../../workers/engine/engine-address.ts';

export interface EngineProxy {
  /** For DOCKER_HOST. */
  readonly host: string;
  /**
   * `gone`: every connection is cut and new ones are refused; `hanging`: nothing moves; `failing`: new connections are
   * answered with an error; `there`: as usual.
   */
  become(state: 'gone' | 'hanging' | 'failing' | 'there'): Promise<void>;
  close(): Promise<void>;
}

export async function startEngineProxy(): Promise<EngineProxy> {
  const address = engineAddress(process.env);
  const target = 'socketPath' in address ? { path: address.socketPath } : { host: address.host, port: address.port };
  const directory = mkdtempSync(path.join(tmpdir(), 'pylon-proxy-'));
  const file = path.join(directory, 'docker.sock');
  const open = new Set<Socket>();
  let hanging = false;
  let failing = false;
  const server = createServer((near) => {
    if (failing) {
      open.add(near);
      near.on('close', () => open.delete(near));
      refuse(near);
      return;
    }
    const far = connect(target);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
    if (hanging) for (const socket of [near, far]) socket.pause();
  });
  const listen = (): Promise<void> => new Promise((resolve) => server.listen(file, resolve));
  const unlisten = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  await listen();
  return {
    host: `unix://${file}`,
    async become(state) {
      hanging = state === 'hanging';
      failing = state === 'failing';
      if (state === 'gone') await unlisten();
      else if (!server.listening) await listen();
      for (const socket of open) {
        if (hanging) socket.pause();
        else socket.resume();
      }
    },
    async close() {
      if (server.listening) await unlisten();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** As an engine answers that is in trouble with itself. */
function refuse(socket: Socket): void {
  const body = JSON.stringify({ message: 'the engine is in trouble' });
  const head = `HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  socket.on('error', () => undefined);
  socket.once('data', () => socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`));
}
