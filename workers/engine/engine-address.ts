/** Where the container engine listens: from DOCKER_HOST, or the sockets that engines use by default. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { fail } from '../../src/errors.ts';
import type { EngineAddress } from '../../src/protocol/messages.ts';

export type DockerAddress = Extract<EngineAddress, { readonly kind: 'docker' }>;

const systemSocket = '/var/run/docker.sock';
const plainPort = 2375;

/**
 * The engine's address in the environment `env`: DOCKER_HOST (`unix://…`, or `tcp://host:port` without TLS), else the
 * system's socket, else a rootless engine's. Looks whether sockets exist, connects to none. Throws PYLON_DOCKER_HOST.
 */
export function engineAddress(env: Readonly<Record<string, string | undefined>>): DockerAddress {
  const host = env['DOCKER_HOST'] ?? '';
  if (host !== '') return fromDockerHost(host, (env['DOCKER_TLS_VERIFY'] ?? '') !== '');
  const runtime = env['XDG_RUNTIME_DIR'] ?? '';
  const rootless = runtime === '' ? undefined : join(runtime, 'docker.sock');
  const useRootless = rootless !== undefined && !existsSync(systemSocket) && existsSync(rootless);
  return { kind: 'docker', socketPath: useRootless ? rootless : systemSocket };
}

/** The address as people write it, for messages. */
export function describeAddress(address: DockerAddress): string {
  return 'socketPath' in address ? address.socketPath : `tcp://${address.host}:${address.port}`;
}

function fromDockerHost(host: string, tls: boolean): DockerAddress {
  if (host.startsWith('unix:///')) return { kind: 'docker', socketPath: host.slice('unix://'.length) };
  const url = host.startsWith('tcp://') && URL.canParse(host) ? new URL(host) : undefined;
  if (url === undefined || url.hostname === '') {
    throw fail('PYLON_DOCKER_HOST', {
      host: withoutUserInfo(host),
      reason: 'it must be unix:///path or tcp://host:port',
    });
  }
  if (tls) {
    const reason = 'TLS (DOCKER_TLS_VERIFY) is not supported; use a Unix socket, for example one forwarded by ssh';
    throw fail('PYLON_DOCKER_HOST', { host: withoutUserInfo(host), reason });
  }
  // The URL form keeps the brackets of an IPv6 address; a socket wants none.
  return { kind: 'docker', host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || plainPort) };
}

function withoutUserInfo(host: string): string {
  return host.replace(/\/\/[^/@]*@/, '//');
}
