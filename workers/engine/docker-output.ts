/** Follows one container's output to its end, over lost connections and restarts of the engine. */
import type { Readable } from 'node:stream';

import type { ContainerInspectInfo } from 'dockerode';

import { sleep, type Clock } from '../../src/clock.ts';
import { reasonOf } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import type { DockerConnection } from './docker-connection.ts';
import { isEngineSilent } from './docker-connection.ts';
import { inspectContainer, isOver } from './docker-containers.ts';
import type { Exit, OutputChunk } from './engine.ts';
import { logFrames } from './log-frames.ts';
import { watchForEnd, type Watch } from './docker-watch.ts';
import { parsePosition, sinceOf, type Places } from './output-position.ts';

export interface Follow {
  readonly connection: DockerConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly containerId: string;
  readonly since: string | undefined;
  readonly onChunk: (chunk: OutputChunk) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/** Pauses between attempts, milliseconds; the last one repeats. */
const pauses = [100, 250, 500, 1_000, 2_000];
/** Readings of an ended container's output that may fail before what was read has to do. */
const lastAttempts = 5;

/**
 * Resolves once the container has ended and all its output was handed on. The engine's stream alone does not tell: it
 * also ends, without an error, where the engine stops or loses its place in a fast log. So the container is looked at
 * first, and only a reading that began after its end counts as the last.
 */
export async function followOutput(follow: Follow): Promise<Exit> {
  let places = parsePosition(follow.since);
  let quiet = 0;
  let failedAtEnd = 0;
  for (;;) {
    follow.signal.throwIfAborted();
    const info = await lookOnceItAnswers(follow);
    const reading = await readOnce(follow, places);
    if (isOver(info) && (reading.fault === undefined || failedAtEnd >= lastAttempts)) return exitOf(info);
    if (isOver(info)) failedAtEnd += 1;
    if (reading.fault !== undefined)
      follow.log.debug(`output of container ${short(follow)} broke off: ${reading.fault}`);
    quiet = reading.places === places ? quiet + 1 : 0;
    places = reading.places;
    if (quiet > 0) await sleep(follow.clock, pauseAfter(quiet), follow.signal);
  }
}

/** A silent engine is waited for: the container may well be running on. */
async function lookOnceItAnswers({
  connection,
  containerId,
  clock,
  log,
  signal,
}: Follow): Promise<ContainerInspectInfo> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inspectContainer(connection, containerId, signal);
    } catch (thrown) {
      if (!isEngineSilent(thrown)) throw thrown;
      if (attempt === 1)
        log.warn(`${reasonOf(thrown)} Container ${containerId.slice(0, 12)} is taken up when it does.`);
      await sleep(clock, pauseAfter(attempt), signal);
    }
  }
}

interface Reading {
  readonly places: Places;
  /** Why the stream did not come to its own end, where it did not. */
  readonly fault: string | undefined;
}

/** Reads until the stream ends or breaks. Rejects only with the signal's reason or what `onChunk` throws. */
async function readOnce(follow: Follow, from: Places): Promise<Reading> {
  const frames = logFrames(from);
  let stream: Readable;
  try {
    stream = await openLog(follow, sinceOf(from));
  } catch (thrown) {
    follow.signal.throwIfAborted();
    return { places: from, fault: reasonOf(thrown) };
  }
  const onAbort = (): void => void stream.destroy();
  follow.signal.addEventListener('abort', onAbort, { once: true });
  const watch = watchForEnd(follow, stream);
  try {
    const fault = await handOn(stream, watch, (bytes) => frames.push(bytes), follow);
    return { places: frames.places(), fault };
  } finally {
    watch.stop();
    follow.signal.removeEventListener('abort', onAbort);
    stream.destroy();
  }
}

async function handOn(
  stream: Readable,
  watch: Watch,
  read: (bytes: Buffer) => OutputChunk[],
  follow: Follow,
): Promise<string | undefined> {
  const { signal, onChunk } = follow;
  const iterator = stream[Symbol.asyncIterator]();
  for (;;) {
    let chunks: OutputChunk[];
    try {
      const next = await iterator.next();
      if (next.done === true) break;
      watch.saw();
      chunks = read(next.value as Buffer);
    } catch (thrown) {
      signal.throwIfAborted();
      return reasonOf(thrown);
    }
    for (const chunk of chunks) {
      signal.throwIfAborted();
      await onChunk(chunk);
    }
  }
  signal.throwIfAborted();
  return undefined;
}

const openLimitMs = 20_000;

async function openLog({ connection, containerId, signal }: Follow, since: string | undefined): Promise<Readable> {
  const stream = await connection.call({
    what: 'read the agent’s output',
    limitMs: openLimitMs,
    signal,
    // `follow` also where the container has ended: without it the whole log would be held in memory at once.
    run: (docker, abortSignal) =>
      docker.getContainer(containerId).logs({
        follow: true,
        stdout: true,
        stderr: true,
        timestamps: true,
        ...(since === undefined ? {} : { since }),
        abortSignal,
      }),
  });
  return stream as Readable;
}

function exitOf({ State: state }: ContainerInspectInfo): Exit {
  const endedAt = Date.parse(state.FinishedAt);
  return {
    code: state.ExitCode & 0xff,
    outOfMemory: state.OOMKilled,
    // A container that never ran ended at the year 1 for the engine.
    endedAt: endedAt > 0 ? endedAt : Date.now(),
  };
}

function pauseAfter(attempt: number): number {
  return pauses[Math.min(attempt, pauses.length) - 1] ?? 0;
}

function short({ containerId }: Follow): string {
  return containerId.slice(0, 12);
}
