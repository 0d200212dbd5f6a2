/** The engine's containers as Pylon sees them: looking at them, listing them, stopping and removing them. */
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';

import { fail } from '../../src/errors.ts';
import { connectDocker, statusOf, type DockerConnection } from './docker-connection.ts';
import { labels } from './docker-sandbox.ts';
import type { Container } from './engine.ts';
import type { DockerAddress } from './engine-address.ts';
import { removeHomeNetwork } from './docker-network.ts';

const lookLimitMs = 10_000;
/** Removing waits for the engine to delete what the container wrote. */
const removeLimitMs = 60_000;
/** On top of the grace: the engine's own time to kill and to tidy up. */
const stopLimitMs = 30_000;

/** Every container of the home `homeId`, of all its pylons, ended ones included. Rejects with PYLON_ENGINE_SILENT. */
export function listHomeContainers(
  address: DockerAddress,
  homeId: string,
  signal?: AbortSignal,
): Promise<readonly Container[]> {
  return connected(address, (connection) => listContainers(connection, [`${labels.home}=${homeId}`], signal));
}

/** Removes a container, killing it where it runs. Harmless on an unknown one. Rejects with PYLON_ENGINE_SILENT. */
export function removeContainer(address: DockerAddress, containerId: string): Promise<void> {
  return connected(address, (connection) => removeById(connection, containerId));
}

/** Removes everything of a home from the engine: its containers, running ones too, and its network. */
export function removeHomeFromEngine(address: DockerAddress, homeId: string): Promise<void> {
  return connected(address, async (connection) => {
    for (const { id } of await listContainers(connection, [`${labels.home}=${homeId}`]))
      await removeById(connection, id);
    await removeHomeNetwork(connection, homeId);
  });
}

async function connected<T>(address: DockerAddress, work: (connection: DockerConnection) => Promise<T>): Promise<T> {
  const connection = connectDocker(address);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** The containers that bear all of `wanted` (`label=value`). */
export async function listContainers(
  connection: DockerConnection,
  wanted: readonly string[],
  signal?: AbortSignal,
): Promise<Container[]> {
  const found = await connection.call({
    what: 'list its containers',
    limitMs: lookLimitMs,
    signal,
    run: (docker, abortSignal) => docker.listContainers({ all: true, filters: { label: [...wanted] }, abortSignal }),
  });
  return found.flatMap(toContainer);
}

function toContainer(info: ContainerInfo): Container[] {
  const { [labels.job]: jobId, [labels.run]: run, [labels.name]: pylon } = info.Labels;
  if (jobId === undefined || pylon === undefined || !/^\d+$/.test(run ?? '')) return [];
  return [{ id: info.Id, jobId, run: Number(run), pylon, state: stateOf(info.State), createdAt: info.Created * 1000 }];
}

function stateOf(status: string): Container['state'] {
  if (status === 'created') return 'created';
  return ['running', 'paused', 'restarting'].includes(status) ? 'running' : 'ended';
}

/** What the engine knows of a container. Rejects with PYLON_CONTAINER_GONE where it knows none. */
export async function inspectContainer(
  connection: DockerConnection,
  containerId: string,
  signal?: AbortSignal,
): Promise<ContainerInspectInfo> {
  try {
    return await connection.call({
      what: 'look at a container',
      limitMs: lookLimitMs,
      signal,
      run: (docker, abortSignal) => docker.getContainer(containerId).inspect({ abortSignal }),
    });
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown;
    throw fail('PYLON_CONTAINER_GONE', { container: containerId.slice(0, 12) }, { cause: thrown });
  }
}

export function isOver(info: ContainerInspectInfo): boolean {
  return stateOf(info.State.Status) === 'ended';
}

export async function stopContainer(connection: DockerConnection, containerId: string, graceMs: number): Promise<void> {
  await connection
    .call({
      what: 'stop the agent’s container',
      limitMs: graceMs + stopLimitMs,
      run: (docker, abortSignal) =>
        docker.getContainer(containerId).stop({ t: Math.ceil(graceMs / 1000), abortSignal }),
    })
    .catch(unless(304, 404));
}

/** By id or name, with the anonymous volumes that its image asked for. */
export async function removeById(connection: DockerConnection, containerId: string): Promise<void> {
  await connection
    .call({
      what: 'remove the agent’s container',
      limitMs: removeLimitMs,
      run: (docker) => docker.getContainer(containerId).remove({ force: true, v: true }),
    })
    // 409: somebody else is removing it already.
    .catch(unless(404, 409));
}

/** Takes these refusals as success: what was asked for is so already. */
function unless(...statuses: readonly number[]): (thrown: unknown) => void {
  return (thrown) => {
    const status = statusOf(thrown);
    if (status === undefined || !statuses.includes(status)) throw thrown;
  };
}
