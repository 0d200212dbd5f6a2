/** The container engine as somebody else on the machine uses it: past the proxy, and past all that Pylon wraps around it. */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';

import { engineAddress } from '../../workers/engine/engine-address.ts';

/** Resolves with the answer's head. */
export function askEngine(method: string, path: string): Promise<IncomingMessage> {
  const address = engineAddress(process.env);
  const where =
    'socketPath' in address ? { socketPath: address.socketPath } : { host: address.host, port: address.port };
  return new Promise((resolve, reject) => {
    request({ ...where, method, path, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
}

/** The ids of all containers, or networks, that bear the home's label. */
export async function idsOfHome(what: 'containers' | 'networks', homeId: string): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`pylon.home=${homeId}`] }));
  const path = what === 'containers' ? `/containers/json?all=1&filters=${filters}` : `/networks?filters=${filters}`;
  const answer = await askEngine('GET', path);
  const found = JSON.parse(await textOf(answer)) as { readonly Id: string }[];
  return found.map(({ Id }) => Id);
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of answer) text += String(piece);
  return text;
}
