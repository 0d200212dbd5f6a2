/** One request to a control socket, as any program would send it. */
import { request } from 'node:http';

import { findControlSocket } from '../../src/control/socket-path.ts';

export function ask(
  home: string,
  method: string,
  path: string,
): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: findControlSocket(home), method, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (body += piece));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
