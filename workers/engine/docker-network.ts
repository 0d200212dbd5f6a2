/** The one network of a home: its containers reach the world, but not each other. */
import type { NetworkInspectInfo } from 'dockerode';

import type { DockerConnection } from './docker-connection.ts';
import { statusOf } from './docker-connection.ts';
import { labels } from './docker-sandbox.ts';

const limitMs = 20_000;

/** The id of the network `pylon-<first 12 of the home's id>`, which is made where it is missing. */
export async function homeNetwork(connection: DockerConnection, homeId: string, signal?: AbortSignal): Promise<string> {
  const there = await networksOf(connection, homeId, signal);
  if (there[0] !== undefined) return there[0].Id;
  const made = await connection
    .call({
      what: 'make the network of this Pylon home',
      limitMs,
      signal,
      run: (docker, abortSignal) =>
        docker.createNetwork({
          Name: networkName(homeId),
          Driver: 'bridge',
          CheckDuplicate: true,
          Labels: { [labels.home]: homeId },
          Options: { 'com.docker.network.bridge.enable_icc': 'false' },
          abortSignal,
        }),
    })
    .catch((thrown: unknown) => {
      // Another thread was first.
      if (statusOf(thrown) === 409) return undefined;
      throw thrown;
    });
  return settle(connection, homeId, made?.id, signal);
}

/** Removes the home's network, where it is there and nothing uses it. */
export async function removeHomeNetwork(connection: DockerConnection, homeId: string): Promise<void> {
  for (const network of await networksOf(connection, homeId)) await removeNetwork(connection, network.Id);
}

function networkName(homeId: string): string {
  return `pylon-${homeId.slice(0, 12)}`;
}

/** Engines let two networks of one name come into being at the same moment: all threads then agree on the oldest. */
async function settle(
  connection: DockerConnection,
  homeId: string,
  made: string | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const [oldest] = await networksOf(connection, homeId, signal);
  const chosen = oldest?.Id ?? made;
  if (chosen === undefined) return homeNetwork(connection, homeId, signal);
  if (made !== undefined && made !== chosen) await removeNetwork(connection, made);
  return chosen;
}

async function networksOf(
  connection: DockerConnection,
  homeId: string,
  signal?: AbortSignal,
): Promise<NetworkInspectInfo[]> {
  const name = networkName(homeId);
  const found = await connection.call({
    what: 'list its networks',
    limitMs,
    signal,
    run: (docker, abortSignal) =>
      docker.listNetworks({ filters: { name: [name], label: [`${labels.home}=${homeId}`] }, abortSignal }),
  });
  const key = (network: NetworkInspectInfo): string => `${network.Created} ${network.Id}`;
  return found.filter((network) => network.Name === name).toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function removeNetwork(connection: DockerConnection, id: string): Promise<void> {
  await connection
    .call({
      what: 'remove a network',
      limitMs,
      run: (docker, abortSignal) => docker.getNetwork(id).remove({ abortSignal }),
    })
    .catch((thrown: unknown) => {
      const status = statusOf(thrown);
      // Gone already, or still in use.
      if (status !== 404 && status !== 403 && status !== 409) throw thrown;
    });
}
