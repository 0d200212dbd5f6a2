/** Talks to a running daemon through its control socket. Every call has a time limit. */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';

import { catalogue, fail, PylonError, reasonOf } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { JobDetail, JobListing, JobStatus } from '../protocol/job.ts';
import type { DaemonStatus, PylonListing } from './daemon-view.ts';
import { jobPrefix } from './job-prefix.ts';
import { findControlSocket } from './socket-path.ts';

export interface JobsQuery {
  /** null: of all pylons. */
  readonly pylon: string | null;
  readonly status: JobStatus | null;
  readonly limit: number;
}

/**
 * All reject with PYLON_NOT_RUNNING where no daemon serves the home, PYLON_CONTROL_SILENT where it does not answer in
 * time, PYLON_CONTROL_DENIED where the socket is another user's, or with the error that the daemon answered.
 */
export interface ControlClient {
  status(): Promise<DaemonStatus>;
  pylons(): Promise<readonly PylonListing[]>;
  jobs(query: JobsQuery): Promise<readonly JobListing[]>;
  job(prefix: string): Promise<JobDetail>;
  /** The agent's output so far, or until the job has ended; the iteration throws PYLON_DAEMON_LEFT where it is cut. */
  log(prefix: string, follow: boolean): Promise<AsyncIterable<Buffer>>;
  kill(prefix: string): Promise<JobListing>;
  retry(prefix: string): Promise<JobListing>;
  stop(): Promise<void>;
  restart(): Promise<void>;
}

/** Within this a daemon answers even while it is busy; ms. */
const answerWithin = 10_000;
/** An agent is given time to end by itself before it is killed; ms. */
const killWithin = 60_000;

export function controlClient(home: string): ControlClient {
  const get = async <Shape>(path: string): Promise<Shape> => readJson<Shape>(await send(home, 'GET', path), home);
  const post = async <Shape>(path: string, within = answerWithin): Promise<Shape> =>
    readJson<Shape>(await send(home, 'POST', path, within), home);
  const job = (prefix: string): string => `/v1/jobs/${jobPrefix(prefix)}`;
  return {
    status: () => get<DaemonStatus>('/v1/status'),
    pylons: () => get<readonly PylonListing[]>('/v1/pylons'),
    jobs: (query) => get<readonly JobListing[]>(`/v1/jobs?${searchOf(query)}`),
    job: (prefix) => get<JobDetail>(job(prefix)),
    kill: (prefix) => post<JobListing>(`${job(prefix)}/kill`, killWithin),
    retry: (prefix) => post<JobListing>(`${job(prefix)}/retry`),
    async log(prefix, follow) {
      const response = await send(home, 'GET', `${job(prefix)}/log?follow=${follow ? 1 : 0}`);
      if (response.statusCode !== 200) await readJson(response, home);
      return chunksOf(response);
    },
    async stop() {
      await post('/v1/stop');
    },
    async restart() {
      await post('/v1/restart');
    },
  };
}

function searchOf(query: JobsQuery): string {
  const search = new URLSearchParams({ limit: String(query.limit) });
  if (query.pylon !== null) search.set('pylon', query.pylon);
  if (query.status !== null) search.set('status', query.status);
  return search.toString();
}

/** Resolves with the answer's head, which must come within `within` ms. */
function send(home: string, method: string, path: string, within = answerWithin): Promise<IncomingMessage> {
  const socketPath = findControlSocket(home);
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, agent: false, headers: { host: 'control' } });
    const late = setTimeout(
      () => asked.destroy(fail('PYLON_CONTROL_SILENT', { home, seconds: within / 1_000 })),
      within,
    );
    asked.on('response', (response) => {
      clearTimeout(late);
      resolve(response);
    });
    asked.on('error', (error) => {
      clearTimeout(late);
      reject(connectionError(error, home, socketPath));
    });
    asked.end();
  });
}

function connectionError(error: Error, home: string, path: string): PylonError {
  if (error instanceof PylonError) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return fail('PYLON_CONTROL_DENIED', { path, reason: reasonOf(error) }, { cause: error });
  }
  // ENOTSOCK and ENOTDIR: whatever is there, it is not a daemon.
  if (['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ENOTDIR', 'EPROTOTYPE'].includes(String(code))) {
    return fail('PYLON_NOT_RUNNING', { home }, { cause: error });
  }
  return fail('PYLON_DAEMON_LEFT', {}, { cause: error });
}

async function readJson<Shape>(response: IncomingMessage, home: string): Promise<Shape> {
  response.setTimeout(answerWithin, () =>
    response.destroy(fail('PYLON_CONTROL_SILENT', { home, seconds: answerWithin / 1_000 })),
  );
  const pieces: Buffer[] = [];
  for await (const piece of chunksOf(response)) pieces.push(piece);
  const body = parse(Buffer.concat(pieces).toString(), home);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return body as Shape;
  throw errorIn(body, status, home);
}

function parse(text: string, home: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail('PYLON_CONTROL_ANSWER', { home, reason: reasonOf(error) }, { cause: error });
  }
}

function errorIn(body: unknown, status: number, home: string): PylonError {
  const { error } = (body ?? {}) as { error?: { code?: unknown; message?: unknown } };
  if (typeof error?.code !== 'string' || typeof error.message !== 'string') {
    return fail('PYLON_CONTROL_ANSWER', { home, reason: `status ${status} without an error in it` });
  }
  if (isKnown(error.code)) return new PylonError(error.code, error.message);
  return fail('PYLON_CONTROL_ANSWER', { home, reason: `${error.code}: ${error.message}` });
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof PylonError) throw error;
    throw fail('PYLON_DAEMON_LEFT', {}, { cause: error });
  }
}
