/** Serves one git repository over HTTP for reading, as a forge does: git's own `upload-pack` behind two routes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { gitEnvironment } from '../../../workers/workspace/git-environment.ts';

export interface GitOverHttp {
  /** `http://127.0.0.1:<port>`; the repository is at `<url>/<name>.git`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Serves the bare repository in `directory` as `name` (`owner/repository`) on a free port of loopback. */
export async function serveRepository(directory: string, name: string): Promise<GitOverHttp> {
  const server = createServer((request, response) => route(directory, `/${name}.git`, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const service = 'git-upload-pack';

function route(directory: string, base: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, url } = request;
  if (method === 'GET' && url === `${base}/info/refs?service=${service}`) {
    answer(response, `application/x-${service}-advertisement`);
    // Version 2 of the protocol has no such line, and clients of it do without.
    if (!isVersion2(request)) response.write(`001e# service=${service}\n0000`);
    uploadPack(directory, ['--advertise-refs'], request, response);
  } else if (method === 'POST' && url === `${base}/${service}`) {
    answer(response, `application/x-${service}-result`);
    uploadPack(directory, [], request, response);
  } else {
    response.writeHead(404).end();
  }
}

function answer(response: ServerResponse, type: string): void {
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
}

function uploadPack(
  directory: string,
  more: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const git = spawn('git', ['upload-pack', '--stateless-rpc', ...more, directory], {
    env: { ...gitEnvironment(), ...(isVersion2(request) ? { GIT_PROTOCOL: 'version=2' } : {}) },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const drop = (): void => void response.destroy();
  git.on('error', drop);
  response.on('close', () => git.kill());
  const isPacked = request.headers['content-encoding'] === 'gzip';
  const ended = (error: unknown): void => {
    if (error) git.kill();
  };
  if (isPacked) pipeline(request, createGunzip(), git.stdin, ended);
  else pipeline(request, git.stdin, ended);
  pipeline(git.stdout, response, (error) => {
    if (error) drop();
  });
}

function isVersion2(request: IncomingMessage): boolean {
  return request.headers['git-protocol'] === 'version=2';
}
