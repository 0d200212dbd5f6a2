/** Composition root: settings → supervisor → listeners, and the reverse to stop. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';

import { systemClock } from './clock.ts';
import { findHome, homePaths } from './config/home.ts';
import type { HomePaths } from './config/home.ts';
import { loadMachine } from './config/machine.ts';
import { formatProblem } from './config/problem.ts';
import { greeting } from './daemon/banner.ts';
import { holdRunning } from './daemon/held-slots.ts';
import { prepareImages } from './daemon/images.ts';
import { leavingLine } from './daemon/leaving.ts';
import { daemonOutput } from './daemon/output.ts';
import { daemonParts } from './daemon/parts.ts';
import type { DaemonParts } from './daemon/parts.ts';
import { stopRequests } from './daemon/stop-requests.ts';
import type { StopRequest, StopRequests } from './daemon/stop-requests.ts';
import { asPylonError, fail } from './errors.ts';
import { lockFile, lockHolder } from './os-lock.ts';
import type { Timings } from './protocol/messages.ts';

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

/** How long requests in flight may take to be answered at a stop: ending agents needs more of the ten seconds. */
const answerGraceMs = { leave: 4_500, kill: 1_500 } as const;

/**
 * Serves a home until a signal or `pylon stop`; `pylon restart` serves it anew. Returns the exit code.
 * Rejects, before anything was started, with PYLON_HOME_IN_USE, PYLON_SETTINGS, PYLON_UNKNOWN_PYLON or PYLON_PORT_IN_USE.
 */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const paths = homePaths(findHome({ flag: options.home, env: options.env, create: true }));
  for (const directory of [paths.pylons, paths.repos, paths.run])
    mkdirSync(directory, { recursive: true, mode: 0o700 });
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
  const output = daemonOutput(options.stdout, options.stderr);
  const machine = loadMachine(paths, options.env);
  for (const warning of machine.warnings) output.log.warn(formatProblem(warning, paths.home));
  const parts = daemonParts({ ...options, paths, machine, output, onStop: (request) => requests.ask(request) });
  demandNames(options.names, parts.files.names(), paths.home);
  for (const line of parts.files.strange()) output.log.warn(line);
  const asked = requests.next();
  try {
    await output.print('Powering up pylons...\n\n');
    // A signal that comes while it starts ends the start as well.
    await Promise.race([start(parts), asked]);
    const address = parts.address();
    if (address !== null) options.onListening?.(address);
    return await asked;
  } finally {
    await stop(parts);
    await output.print(leavingLine(parts.supervisor.pylons, machine.settings.docker.on_stop, systemClock.now()));
  }
}

/** Ends early, with nothing begun after it, once the daemon stops. */
async function start(parts: DaemonParts): Promise<void> {
  const { supervisor, output, stopping } = parts;
  const steps = [
    () => parts.control.start(),
    () => holdRunning(parts),
    () => parts.watch.start(),
    () => startPylons(parts),
    () => prepareImages(parts),
  ];
  for (const step of steps) {
    await step();
    if (stopping.aborted) return;
  }
  supervisor.slots.open();
  const address = await parts.listen();
  await output.print(greeting(supervisor.pylons, address, parts.machine.settings));
  parts.strays.start();
}

/** Resolves when every thread that was started is ready, or has shown that it does not get ready. */
async function startPylons({ supervisor, reload, files }: DaemonParts): Promise<void> {
  await reload.changed(new Set(files.names()));
  await Promise.all(supervisor.pylons.filter(({ needsThread }) => needsThread).map((pylon) => pylon.whenReady()));
}

async function stop(parts: DaemonParts): Promise<void> {
  parts.abort();
  const { on_stop: onStop } = parts.machine.settings.docker;
  // A reload under way may wait for a database; that the supervisor stops ends the wait.
  const reloaded = parts.reload.stop();
  const steps = [
    () => parts.watch.stop(),
    () => parts.strays.stop(),
    () => parts.listener.stop(answerGraceMs[onStop]),
    () => parts.supervisor.stop(onStop),
    () => reloaded,
    () => parts.control.stop(),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      // Whatever does not stop as it should keeps nothing else from stopping.
      parts.output.log.error(asPylonError(error).message);
    }
  }
}

function demandNames(wanted: readonly string[], known: readonly string[], home: string): void {
  const name = wanted.find((each) => !known.includes(each));
  if (name === undefined) return;
  const list = known.length === 0 ? 'There is none yet.' : `There are: ${known.join(', ')}.`;
  throw fail('PYLON_UNKNOWN_PYLON', { name, home, known: list });
}
