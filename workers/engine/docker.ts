/** Runs agents in containers of a Docker engine. */
import type { Clock } from '../../src/clock.ts';
import { fail, type PylonError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import { connectDocker, engineReason, statusOf, type DockerConnection } from './docker-connection.ts';
import { inspectContainer, listContainers, removeById, stopContainer } from './docker-containers.ts';
import { ensureImage } from './docker-image.ts';
import { homeNetwork } from './docker-network.ts';
import { followOutput } from './docker-output.ts';
import { containerName, labels, sandbox } from './docker-sandbox.ts';
import type { DockerAddress } from './engine-address.ts';
import type { Engine, RunSpec } from './engine.ts';
import { mustBeItself, pinMounts } from './mount-check.ts';

export interface DockerContext {
  readonly homeId: string;
  readonly pylon: string;
  /** The Pylon home's directory. */
  readonly home: string;
  readonly log: Log;
  readonly clock: Clock;
}

const pingLimitMs = 5_000;

/** An engine of one pylon. Connects, and loads what it needs for that, only when first used. */
export function dockerEngine(address: DockerAddress, context: DockerContext): Engine {
  const connection = connectDocker(address);
  const { homeId, pylon, log, clock } = context;
  const own = [`${labels.home}=${homeId}`, `${labels.name}=${pylon}`];
  return {
    kind: 'docker',
    ping: async (signal) => {
      await connection.call({ what: 'answer', limitMs: pingLimitMs, signal, run: (docker) => docker.ping() });
    },
    ensureImage: (image, signal, progress) => ensureImage(connection, image, signal, progress),
    create: (run, signal) => createContainer(connection, context, run, signal),
    start: (containerId) => startContainer(connection, context, containerId),
    find: async (jobId, run) => {
      const wanted = [...own, `${labels.job}=${jobId}`, `${labels.run}=${run}`];
      return (await listContainers(connection, wanted))[0];
    },
    list: (signal) => listContainers(connection, own, signal),
    follow: (containerId, since, onChunk, signal) =>
      followOutput({ connection, clock, log, containerId, since, onChunk, signal }),
    stop: (containerId, graceMs) => stopContainer(connection, containerId, graceMs),
    remove: (containerId) => removeById(connection, containerId),
    close: async () => connection.close(),
  };
}

const createLimitMs = 60_000;

async function createContainer(
  connection: DockerConnection,
  context: DockerContext,
  run: RunSpec,
  signal: AbortSignal,
): Promise<string> {
  const network = run.network === 'none' ? 'none' : await homeNetwork(connection, context.homeId, signal);
  try {
    return await requestContainer(connection, context, run, network, signal);
  } catch (thrown) {
    if (statusOf(thrown) !== 409) throw imageMissing(thrown, run) ?? thrown;
  }
  // What is left of an attempt that was cut short.
  await removeById(connection, containerName(run.jobId, run.run));
  return requestContainer(connection, context, run, network, signal);
}

async function requestContainer(
  connection: DockerConnection,
  context: DockerContext,
  run: RunSpec,
  network: string,
  signal: AbortSignal,
): Promise<string> {
  const made = connection.call({
    what: 'make the agent’s container',
    limitMs: createLimitMs,
    run: (docker) => docker.createContainer(sandbox(pinMounts(run, context.home), network)),
  });
  return (await orAbort(made, signal, ({ id }) => removeById(connection, id))).id;
}

/** The engine does not take a request back, so one whose caller has gone is undone when it has come through. */
function orAbort<T>(made: Promise<T>, signal: AbortSignal, undo: (value: T) => Promise<void>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      made.then(undo).catch(() => undefined);
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    made.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** To the engine both a missing image and a missing network are a 404. */
function imageMissing(thrown: unknown, run: RunSpec): PylonError | undefined {
  const reason = engineReason(thrown);
  if (statusOf(thrown) !== 404 || run.image === undefined || !/no such image/i.test(reason)) return undefined;
  return fail('PYLON_IMAGE_MISSING', { image: run.image, reason }, { cause: thrown });
}

const startLimitMs = 60_000;

async function startContainer(
  connection: DockerConnection,
  context: DockerContext,
  containerId: string,
): Promise<void> {
  const info = await inspectContainer(connection, containerId);
  // The engine would start an ended container once more.
  if (info.State.Status !== 'created') return;
  for (const { Source: source } of info.HostConfig.Mounts ?? [])
    mustBeItself(source, 'a mount of the agent', context.home);
  await connection
    .call({
      what: 'start the agent’s container',
      limitMs: startLimitMs,
      run: (docker, abortSignal) => docker.getContainer(containerId).start({ abortSignal }),
    })
    .catch((thrown: unknown) => {
      if (statusOf(thrown) !== 304) throw thrown;
    });
}
