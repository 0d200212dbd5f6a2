/** Talks to a Docker engine: every call has a time limit, and every failure is one of ours. */
import { Agent } from 'node:http';

import type Docker from 'dockerode';

import { asPylonError, fail, PylonError, reasonOf } from '../../src/errors.ts';
import { describeAddress, type DockerAddress } from './engine-address.ts';

export interface Call<T> {
  /** What is being done, as it completes "The container engine refused to …". */
  readonly what: string;
  /** How long the engine may take to answer, milliseconds. */
  readonly limitMs: number;
  /** The call; `abortSignal` ends its connection. For a stream the limit covers the time until it opens. */
  readonly run: (docker: Docker, abortSignal: AbortSignal) => Promise<T>;
  readonly signal?: AbortSignal | undefined;
}

export interface DockerConnection {
  /**
   * Makes one call. Rejects with PYLON_ENGINE_SILENT where the engine does not answer, PYLON_ENGINE_REFUSED where it
   * answers with an error (see `statusOf`), or the signal's reason.
   */
  call<T>(call: Call<T>): Promise<T>;
  /** Drops every connection, streams included. Twice is fine. */
  close(): void;
}

export function connectDocker(address: DockerAddress): DockerConnection {
  // Connections are not kept for reuse: over a Unix socket a new one costs nothing, and after a restart of the engine
  // a kept one would fail the first call.
  const agent = new Agent({ keepAlive: false });
  let loading: Promise<Docker> | undefined;
  const load = (): Promise<Docker> => (loading ??= loadDocker(address, agent));
  return {
    call: async (call) => runLimited(await load(), call, describeAddress(address)),
    close: () => agent.destroy(),
  };
}

/** dockerode costs 10 MB, so a pylon loads it only when its first job needs it. */
async function loadDocker(address: DockerAddress, agent: Agent): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode');
  // What is set to undefined here would otherwise be taken from DOCKER_* variables of the environment.
  const fixed = {
    protocol: 'http' as const,
    agent,
    timeout: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
  };
  const where =
    'socketPath' in address
      ? { socketPath: address.socketPath, host: undefined, port: undefined }
      : {
          socketPath: undefined,
          host: address.host.includes(':') ? `[${address.host}]` : address.host,
          port: address.port,
        };
  const options = { ...fixed, ...where };
  return new Dockerode(options);
}

async function runLimited<T>(docker: Docker, call: Call<T>, address: string): Promise<T> {
  const { signal, limitMs } = call;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const late = new Error(`no answer within ${limitMs / 1000} s`);
  const timer = setTimeout(() => ending.abort(late), limitMs);
  const onAbort = (): void => ending.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([call.run(docker, ending.signal), rejection(ending.signal)]);
  } catch (thrown) {
    if (signal?.aborted === true) throw signal.reason;
    throw translate(ending.signal.aborted ? late : thrown, call.what, address);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Never resolves: an answer whose body breaks off leaves the library waiting for ever. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** An answer of the engine that is not a success. */
class EngineAnswer extends Error {
  override readonly name = 'EngineAnswer';
  readonly status: number;

  constructor(status: number, reason: string, options: ErrorOptions) {
    super(reason, options);
    this.status = status;
  }
}

/** The HTTP status with which the engine refused, or undefined where the error is something else. */
export function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof PylonError && thrown.cause instanceof EngineAnswer ? thrown.cause.status : undefined;
}

/** The engine's own words where it refused, else the error's message. */
export function engineReason(thrown: unknown): string {
  return thrown instanceof PylonError && thrown.cause instanceof EngineAnswer ? thrown.cause.message : reasonOf(thrown);
}

export function isEngineSilent(thrown: unknown): boolean {
  return thrown instanceof PylonError && thrown.code === 'PYLON_ENGINE_SILENT';
}

function translate(thrown: unknown, what: string, address: string): PylonError {
  if (thrown instanceof PylonError) return thrown;
  const answer = answerOf(thrown);
  if (answer === undefined && isOurFault(thrown)) return asPylonError(thrown);
  if (answer === undefined || isGoingDown(answer)) {
    return fail('PYLON_ENGINE_SILENT', { address, reason: connectionFault(thrown) }, { cause: thrown });
  }
  return fail('PYLON_ENGINE_REFUSED', { what, reason: answer.message }, { cause: answer });
}

function answerOf(thrown: unknown): EngineAnswer | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown) || typeof thrown.statusCode !== 'number')
    return undefined;
  const json = 'json' in thrown ? thrown.json : undefined;
  const told = typeof json === 'object' && json !== null && 'message' in json ? String(json.message) : thrown.message;
  return new EngineAnswer(thrown.statusCode, told.trim().replace(/\.$/, ''), { cause: thrown });
}

/** What Node says of a call that it did not even try. */
function isOurFault(thrown: unknown): boolean {
  return thrown instanceof TypeError || thrown instanceof RangeError;
}

/** A starting or stopping engine answers that it cannot reach its own parts. */
function isGoingDown(answer: EngineAnswer): boolean {
  if (answer.status === 503) return true;
  return (
    answer.status === 500 &&
    /containerd\.sock|client connection is closing|: unavailable|transport is closing/.test(answer.message)
  );
}

const plainReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOENT: 'there is no such socket',
  EACCES: 'this user may not use the socket',
  ECONNRESET: 'the connection broke off',
};

function connectionFault(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return plainReasons[code] ?? reasonOf(thrown);
}
