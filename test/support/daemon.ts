/** The real daemon, run as its users run it: the real command in a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { controlClient } from '../../src/control/client.ts';
import type { ControlClient } from '../../src/control/client.ts';
import type { JobDetail, JobStatus } from '../../src/protocol/job.ts';
import { isEnded } from '../../src/protocol/job.ts';
import { secret } from './home.ts';

/** Compiled, this file lies in <output>/test/support. */
const output = path.join(import.meta.dirname, '..', '..');
const command = path.join(output, 'src', 'main.js');
const crashingDaemon = path.join(output, 'test', 'support', 'crashing-daemon.js');
/** Longest wait for anything that has to happen; a test that needs it all has failed. */
const patienceMs = 30_000;

export interface Daemon {
  readonly process: ChildProcess;
  readonly control: ControlClient;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  /** Everything that it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** POSTs a body, signed as GitHub signs. */
  send(urlPath: string, body?: unknown, options?: SendOptions): Promise<Answer>;
  /** Sends a signal and waits for the end; returns the exit code, or null where a signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface SendOptions {
  readonly secret?: string | null;
  readonly delivery?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly job_id?: string;
    readonly status?: string;
    readonly error?: { code: string; message: string };
  };
}

export interface StartOptions {
  readonly names?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the daemon with the test's own worker, which follows a crash plan (see crashing-pylon.ts). */
  readonly crashing?: boolean;
  /** An installed `pylon` program to run, instead of the compiled one. */
  readonly program?: string;
}

/** Daemons that run, by home, so that a failed test leaves none behind. */
const running = new Map<string, Set<ChildProcess>>();

/** Kills every daemon that a test started on `home` and did not end. */
export async function endDaemonsOf(home: string): Promise<void> {
  for (const child of running.get(home) ?? []) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  running.delete(home);
}

/** Starts a daemon on `home` and waits until it listens. Rejects with its output where it ends before. */
export async function startDaemon(home: string, options: StartOptions = {}): Promise<Daemon> {
  const { names = [], env = {}, crashing = false, program } = options;
  const start = ['start', '--home', home, ...names];
  const script = crashing ? [crashingDaemon, home, ...names] : [...(program === undefined ? [command] : []), ...start];
  const child = spawn(program ?? process.execPath, script, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.set(home, (running.get(home) ?? new Set()).add(child));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await until('the daemon listens', () => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended at once:\n${stdout}\n${stderr}`);
    return /listening on /.test(stdout) ? true : undefined;
  });
  const control = controlClient(home);
  const { address } = await control.status();
  const url = `http://127.0.0.1:${address?.port}`;
  return {
    process: child,
    control,
    url,
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    send: (urlPath, body = {}, sending = {}) => sendSigned(`${url}${urlPath}`, body, sending),
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      }
      return child.exitCode;
    },
  };
}

async function sendSigned(url: string, body: unknown, options: SendOptions): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const key = options.secret === undefined ? secret : options.secret;
  const signature =
    key === null ? {} : { 'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(text).digest('hex')}` };
  const response = await fetch(url, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': options.delivery ?? randomUUID(),
      ...signature,
      ...options.headers,
    },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

/** Asks `look` again and again until it gives something. Rejects after half a minute, naming what did not happen. */
export async function until<Found>(
  what: string,
  look: () => Found | undefined | Promise<Found | undefined>,
): Promise<Found> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`this did not happen in time: ${what}`);
    await pause(25);
  }
}

/** The job once it has ended, or has one of `statuses` where given. */
export function untilJob(
  daemon: Pick<Daemon, 'control'>,
  id: string,
  ...statuses: readonly JobStatus[]
): Promise<JobDetail> {
  return until(`job ${id} is ${statuses.length === 0 ? 'ended' : statuses.join(' or ')}`, async () => {
    const job = await daemon.control.job(id).catch(() => undefined);
    if (job === undefined) return undefined;
    const wanted = statuses.length === 0 ? isEnded(job.status) : statuses.includes(job.status);
    return wanted ? job : undefined;
  });
}

/** Every message of the job has been delivered, and there is one. */
export async function untilDelivered(daemon: Pick<Daemon, 'control'>, id: string): Promise<void> {
  await until('the result is delivered', async () => {
    const { deliveries } = await daemon.control.job(id);
    return deliveries.length > 0 && deliveries.every(({ state }) => state === 'delivered') ? true : undefined;
  });
}

/** Runs a pylon command to its end. */
export function runPylonCommand(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args, '--home', home], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    encoding: 'utf8',
    timeout: patienceMs,
  });
  return { code: status, stdout, stderr };
}

/** Names of the containers of `home`, ended ones included. */
export function containersOf(homeId: string): string[] {
  const { stdout } = spawnSync(
    'docker',
    ['ps', '-a', '--filter', `label=pylon.home=${homeId}`, '--format', '{{.Names}}'],
    {
      encoding: 'utf8',
    },
  );
  return stdout.split('\n').filter((line) => line !== '');
}
