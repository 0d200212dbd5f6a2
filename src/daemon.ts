/** Composition root: settings → supervisor → listeners, and the reverse to stop. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';

import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { formatProblem } from './config/problem.ts';
import { findHome, homePaths } from './config/home.ts';
import type { HomePaths } from './config/home.ts';
import { loadMachine } from './config/machine.ts';
import type { Machine } from './config/machine.ts';
import { controlServer } from './control/server.ts';
import { activeLine, pylonLines } from './daemon/banner.ts';
import { holdRunning } from './daemon/held-slots.ts';
import { homeId as homeIdOf } from './daemon/home-id.ts';
import { prepareImages } from './daemon/images.ts';
import { leavingLine } from './daemon/leaving.ts';
import { daemonOutput } from './daemon/output.ts';
import type { DaemonOutput } from './daemon/output.ts';
import { pylonFiles } from './daemon/pylon-files.ts';
import { reloader } from './daemon/reload.ts';
import { stopRequests } from './daemon/stop-requests.ts';
import type { StopRequest, StopRequests } from './daemon/stop-requests.ts';
import { strayWatch } from './daemon/strays.ts';
import { daemonView } from './daemon/view.ts';
import { fail } from './errors.ts';
import { publicListener } from './http/listener.ts';
import { lockFile, lockHolder } from './os-lock.ts';
import type { EngineAddress, Timings } from './protocol/messages.ts';
import { watchPylons } from './supervisor/config-watch.ts';
import { Supervisor } from './supervisor/supervisor.ts';
import { engineAddress } from '../workers/engine/engine-address.ts';

export interface DaemonOptions {
  /** `--home`. */
  readonly home: string | undefined;
  /** The pylons to serve; none: all. */
  readonly names: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Told where it listens, once it does. */
  readonly onListening?: (address: { readonly host: string; readonly port: number }) => void;
  /** What the threads run, and how long they wait: other than in the product only in its tests. */
  readonly workerFile?: URL;
  readonly timings?: Partial<Timings>;
}

const timings: Timings = { engineSilence: 60_000, stopGrace: 10_000, deliveryPause: 1_000 };
/** How long requests in flight may take to be answered at a stop. */
const answerGraceMs = 1_500;

/**
 * Serves a home until a signal or `pylon stop`; `pylon restart` serves it anew. Returns the exit code.
 * Rejects, before anything was started, with PYLON_HOME_IN_USE, PYLON_SETTINGS, PYLON_UNKNOWN_PYLON or PYLON_PORT_IN_USE.
 */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const paths = homePaths(findHome({ flag: options.home, env: options.env, create: true }));
  for (const directory of [paths.pylons, paths.repos, paths.run]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lockPath = path.join(paths.run, 'daemon.lock');
  const lock = lockFile(lockPath);
  if (lock === undefined) {
    throw fail('PYLON_HOME_IN_USE', { home: paths.home, pid: lockHolder(lockPath) ?? 'unknown' });
  }
  const requests = stopRequests();
  try {
    for (;;) {
      const request = await serve(options, paths, requests);
      if (request === 'exit') return 0;
    }
  } finally {
    requests.close();
    lock.release();
  }
}

/** One life of the daemon, from the settings to everything stopped; says what was asked for. */
async function serve(options: DaemonOptions, paths: HomePaths, requests: StopRequests): Promise<StopRequest> {
  const clock = systemClock;
  const output = daemonOutput(options.stdout, options.stderr);
  const { log, logFor } = output;
  const machine = loadMachine(paths, options.env);
  for (const warning of machine.warnings) log.warn(formatProblem(warning, paths.home));
  const files = pylonFiles(paths, machine, new Set(options.names), logFor);
  demandNames(options.names, files.names(), paths.home);
  const engine: EngineAddress = machine.settings.engine === 'process' ? { kind: 'process' } : engineAddress(options.env);
  const homeId = homeIdOf(paths);
  const supervisor = new Supervisor({
    home: paths.home,
    homeId,
    engine,
    docker: machine.settings.docker,
    timings: { ...timings, ...options.timings },
    clock,
    workerFile: options.workerFile ?? new URL('../workers/pylon.js', import.meta.url),
    print: output.print,
    logFor,
  });
  let address: { host: string; port: number } | null = null;
  const startedAt = clock.now();
  const view = daemonView({
    home: paths.home,
    machine: machine.settings,
    supervisor,
    startedAt,
    address: () => address,
    onStop: requests.ask,
  });
  const control = controlServer({ home: paths.home, view, log });
  const listener = publicListener({
    host: machine.settings.server.host,
    port: machine.settings.server.port,
    settingsFile: paths.config,
    maxBodyBytes: machine.settings.server.max_body_bytes,
    route: (urlPath) => {
      const name = supervisor.route(urlPath);
      return name === undefined ? undefined : { name };
    },
    deliver: ({ name }, headers, body, at) => supervisor.deliver(name, headers, body, at),
    clock,
    log,
  });
  const reload = reloader({ files, supervisor, log, logFor });
  const watch = watchPylons({
    pylonsDirectory: paths.pylons,
    configFile: paths.config,
    onPylonsChanged: reload.changed,
    onConfigChanged: () => log.warn('config.yaml has changed; `pylon restart` makes it take effect'),
    clock,
    log,
  });
  const strays = strayWatch({ engine, homeId, pylons: paths.pylons, slots: supervisor.slots, clock, log });
  const pulling = new AbortController();
  try {
    await output.print('Powering up pylons...\n\n');
    await control.start();
    await holdRunning(engine, homeId, supervisor.slots, log);
    await watch.start();
    await startPylons(supervisor, reload.changed, files.names());
    await prepareImages({ supervisor, engine, home: paths.home, homeId, clock, log, signal: pulling.signal });
    supervisor.slots.open();
    const { address: host, port } = await listener.start();
    address = { host, port };
    await greet(output, supervisor, machine, address);
    options.onListening?.(address);
    strays.start();
    return await requests.next();
  } finally {
    pulling.abort(new Error('the daemon stops'));
    await stopAll([watch, reload, strays], async () => {
      await listener.stop(answerGraceMs);
      await supervisor.stop(machine.settings.docker.on_stop);
      await control.stop();
    });
    await output.print(leavingLine(supervisor.pylons, machine.settings.docker.on_stop, clock.now()));
  }
}

function demandNames(wanted: readonly string[], known: readonly string[], home: string): void {
  const name = wanted.find((each) => !known.includes(each));
  if (name === undefined) return;
  const list = known.length === 0 ? 'There is none yet.' : `There are: ${known.join(', ')}.`;
  throw fail('PYLON_UNKNOWN_PYLON', { name, home, known: list });
}

/** Resolves when every thread that was started is ready, or has shown that it does not get ready. */
async function startPylons(
  supervisor: Supervisor,
  changed: (names: ReadonlySet<string>) => Promise<void>,
  names: readonly string[],
): Promise<void> {
  await changed(new Set(names));
  await Promise.all(supervisor.pylons.filter(({ needsThread }) => needsThread).map((pylon) => pylon.whenReady()));
}

async function greet(
  output: DaemonOutput,
  supervisor: Supervisor,
  machine: Machine,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const sandbox =
    machine.settings.engine === 'process'
      ? '\nengine: process -- agents run as plain child processes, WITHOUT a sandbox\n'
      : '';
  await output.print(`${pylonLines(supervisor.pylons)}\n${activeLine(supervisor.pylons, where)}${sandbox}`);
}

async function stopAll(parts: readonly { stop(): Promise<void> }[], rest: () => Promise<void>): Promise<void> {
  for (const part of parts) await part.stop();
  await rest();
}
