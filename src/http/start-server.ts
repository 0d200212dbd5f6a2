import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { fail } from '../errors.ts';

/** Listens; throws PYLON_PORT_IN_USE with the reason in words. */
export async function startServer(
  server: Server,
  options: { readonly host: string; readonly port: number; readonly settingsFile: string },
): Promise<AddressInfo> {
  const { host, port, settingsFile } = options;
  server.listen({ host, port, backlog: 1024 });
  try {
    await once(server, 'listening');
  } catch (error) {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    throw fail('PYLON_PORT_IN_USE', { address, reason: inWords(error), file: settingsFile }, { cause: error });
  }
  return server.address() as AddressInfo;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program already listens there',
  EACCES: 'this user may not use that port (ports below 1024 need more rights)',
  EADDRNOTAVAIL: 'this machine does not have that address (server.host)',
  ENOTFOUND: 'server.host is not the name of an address of this machine',
};

function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}
