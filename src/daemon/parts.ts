/** Everything that the daemon consists of, wired together; nothing of it has been started yet. */
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { HomePaths } from '../config/home.ts';
import type { Machine } from '../config/machine.ts';
import { controlServer } from '../control/server.ts';
import type { ControlServer } from '../control/server.ts';
import { publicListener } from '../http/listener.ts';
import type { PublicListener } from '../http/listener.ts';
import type { EngineAddress, Timings } from '../protocol/messages.ts';
import { watchPylons } from '../supervisor/config-watch.ts';
import type { ConfigWatch } from '../supervisor/config-watch.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { engineAddress } from '../../workers/engine/engine-address.ts';
import { homeId as homeIdOf } from './home-id.ts';
import type { DaemonOutput } from './output.ts';
import { pylonFiles } from './pylon-files.ts';
import type { PylonFiles } from './pylon-files.ts';
import { reloader } from './reload.ts';
import type { Reloader } from './reload.ts';
import type { StopRequest } from './stop-requests.ts';
import { strayWatch } from './strays.ts';
import type { StrayWatch } from './strays.ts';
import { daemonView } from './view.ts';

export interface PartsOptions {
  readonly paths: HomePaths;
  readonly machine: Machine;
  readonly output: DaemonOutput;
  readonly names: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly workerFile?: URL;
  readonly timings?: Partial<Timings>;
  readonly onStop: (request: StopRequest) => void;
}

export interface DaemonParts {
  readonly paths: HomePaths;
  readonly machine: Machine;
  readonly output: DaemonOutput;
  readonly clock: Clock;
  readonly engine: EngineAddress;
  readonly homeId: string;
  readonly files: PylonFiles;
  readonly supervisor: Supervisor;
  readonly control: ControlServer;
  readonly listener: PublicListener;
  readonly reload: Reloader;
  readonly watch: ConfigWatch;
  readonly strays: StrayWatch;
  /** Where it listens; null while it does not. */
  address(): Address | null;
  /** Opens the public listener. @throws PYLON_PORT_IN_USE */
  listen(): Promise<Address>;
  /** Aborted once the daemon stops. */
  readonly stopping: AbortSignal;
  abort(): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const timings: Timings = { engineSilence: 60_000, stopGrace: 10_000, deliveryPause: 1_000 };

/** @throws PYLON_DOCKER_HOST */
export function daemonParts(options: PartsOptions): DaemonParts {
  const { paths, machine, output, env } = options;
  const { log, logFor } = output;
  const clock = systemClock;
  const engine: EngineAddress = machine.settings.engine === 'process' ? { kind: 'process' } : engineAddress(env);
  const homeId = homeIdOf(paths);
  const files = pylonFiles(paths, machine, new Set(options.names), logFor);
  const supervisor = new Supervisor({
    home: paths.home,
    homeId,
    engine,
    docker: machine.settings.docker,
    timings: { ...timings, ...options.timings },
    clock,
    workerFile: options.workerFile ?? new URL('../../workers/pylon.js', import.meta.url),
    print: output.print,
    logFor,
  });
  const listener = makeListener(options, supervisor, clock);
  const reload = reloader({ files, supervisor, log, logFor });
  const stopping = new AbortController();
  let address: Address | null = null;
  const startedAt = clock.now();
  const { home } = paths;
  const { onStop } = options;
  const view = daemonView({
    home,
    machine: machine.settings,
    supervisor,
    log,
    startedAt,
    address: () => address,
    onStop,
  });
  return {
    paths,
    machine,
    output,
    clock,
    engine,
    homeId,
    files,
    supervisor,
    listener,
    reload,
    control: controlServer({ home: paths.home, view, log }),
    watch: makeWatch(options, reload, clock),
    strays: strayWatch({ engine, homeId, pylons: paths.pylons, supervisor, clock, log }),
    address: () => address,
    async listen() {
      const { address: host, port } = await listener.start();
      address = { host, port };
      return address;
    },
    stopping: stopping.signal,
    abort: () => stopping.abort(new Error('the daemon stops')),
  };
}

function makeListener({ paths, machine, output }: PartsOptions, supervisor: Supervisor, clock: Clock): PublicListener {
  const { host, port, max_body_bytes: maxBodyBytes } = machine.settings.server;
  return publicListener({
    host,
    port,
    settingsFile: paths.config,
    maxBodyBytes,
    route: (urlPath) => {
      const name = supervisor.route(urlPath);
      return name === undefined ? undefined : { name, urlPath };
    },
    deliver: ({ urlPath }, headers, body, at) => supervisor.deliver(urlPath, headers, body, at),
    clock,
    log: output.log,
  });
}

function makeWatch({ paths, output }: PartsOptions, reload: Reloader, clock: Clock): ConfigWatch {
  const { log } = output;
  return watchPylons({
    pylonsDirectory: paths.pylons,
    configFile: paths.config,
    onPylonsChanged: (names) => void reload.changed(names),
    onConfigChanged: () => log.warn('config.yaml has changed; `pylon restart` makes it take effect'),
    clock,
    log,
  });
}
