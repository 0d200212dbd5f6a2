/** The place of a chaos run: a home on a small disk of its own, and everything around the daemon that can go wrong. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { controlClient } from '../../src/control/client.ts';
import type { ControlClient } from '../../src/control/client.ts';
import { removeHomeFromEngine } from '../../workers/engine/docker-containers.ts';
import { engineAddress } from '../../workers/engine/engine-address.ts';
import { startEngineProxy } from '../support/engine-proxy.ts';
import type { EngineProxy } from '../support/engine-proxy.ts';
import { makeRepository, startGitServer } from '../support/git-server.ts';
import { cast } from './cast.ts';
import type { PylonName } from './cast.ts';
import { makeDaemonLife } from './daemon-life.ts';
import type { DaemonLife } from './daemon-life.ts';
import type { Plan } from './plan.ts';
import { startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';
import { configYaml, pylonYaml } from './settings.ts';

export interface Stage {
  readonly base: string;
  readonly home: string;
  /** What the workers of the run look at; see daemon/chaos-pylon.ts. */
  readonly control: string;
  /** Whether the home is a disk of its own, which can be filled and made read-only. */
  readonly ownDisk: boolean;
  readonly url: string;
  readonly daemon: DaemonLife;
  readonly client: ControlClient;
  readonly proxy: EngineProxy;
  readonly receiver: Receiver;
  readonly log: string;
  pylonDirectory(name: PylonName): string;
  yaml(name: PylonName, version?: number): string;
  homeId(): string;
  /** Ends and removes everything, whatever state it is in. */
  clear(): Promise<void>;
}

const diskMb = 128;

export async function setStage(plan: Plan): Promise<Stage> {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), 'pylon-chaos-')));
  const [home, control] = [path.join(base, 'home'), path.join(base, 'control')];
  for (const directory of [home, control]) mkdirSync(directory, { mode: 0o700 });
  const ownDisk = process.getuid?.() === 0 && process.platform === 'linux';
  if (ownDisk) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m,mode=700`, 'pylon-chaos', home]);
  const repositories = path.join(base, 'repositories');
  const files = { 'README.md': 'A small repository.\n', 'src/main.txt': 'Some text.\n' };
  await makeRepository(path.join(repositories, 'small.git'), files);
  const git = await startGitServer({ dir: repositories });
  const proxy = await startEngineProxy();
  const receiver = await startReceiver();
  const port = await freePort();
  const log = path.join(control, 'daemon.log');
  const daemon = makeDaemonLife({ home, env: { DOCKER_HOST: proxy.host }, log });
  const pylonDirectory = (name: PylonName): string => path.join(home, 'pylons', name);
  const yaml = (name: PylonName, version?: number): string => {
    const where = { url: receiver.url, repo: `${git.httpUrl}/small.git` };
    return pylonYaml(name, version === undefined ? where : { ...where, version });
  };
  writeFileSync(path.join(home, 'config.yaml'), configYaml(plan, port), { mode: 0o600 });
  for (const name of cast) {
    mkdirSync(pylonDirectory(name), { recursive: true, mode: 0o700 });
    writeFileSync(path.join(pylonDirectory(name), 'pylon.yaml'), yaml(name), { mode: 0o600 });
  }
  const homeId = (): string => readFileSync(path.join(home, 'run', 'home-id'), 'utf8').trim();
  return {
    base,
    home,
    control,
    ownDisk,
    url: `http://127.0.0.1:${port}`,
    daemon,
    client: controlClient(home),
    proxy,
    receiver,
    log,
    pylonDirectory,
    yaml,
    homeId,
    async clear() {
      await daemon.exclusively((hands) => hands.end('SIGKILL'));
      await removeFromEngine(homeId);
      await Promise.all([proxy.close(), receiver.close(), git.stop()]);
      if (ownDisk) execFileSync('umount', ['--lazy', home]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

async function removeFromEngine(homeId: () => string): Promise<void> {
  let id: string;
  try {
    id = homeId();
  } catch {
    // It never got as far as having one.
    return;
  }
  await removeHomeFromEngine(engineAddress(process.env), id);
}

/** The same for all lives of the daemon, so that senders find it again. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
