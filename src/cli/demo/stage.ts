/** Everything that the demo plays on: a home, an engine with an image, a forge with a repository, and the daemon. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { homePaths } from '../../config/home.ts';
import { homeId } from '../../daemon/home-id.ts';
import { removeHomeFromEngine } from '../../../workers/engine/docker-containers.ts';
import { importImage, removeImage } from '../../../workers/engine/local-image.ts';
import { chooseEngine } from './choose-engine.ts';
import type { DemoEngine, EngineKind } from './choose-engine.ts';
import { startDemoDaemon } from './demo-daemon.ts';
import type { DemoDaemon } from './demo-daemon.ts';
import { payloadFile, writeDemoHome } from './demo-home.ts';
import { serveRepository } from './git-over-http.ts';
import type { Leavings } from './leavings.ts';
import type { Narrator } from './narrator.ts';
import { agentInImage, nodeImageFiles, nodeImagePath } from './node-image.ts';
import { organization, pullRequestPayload, repositoryName } from './pull-request.ts';
import { makeRepository } from './repository.ts';

export interface StageOptions {
  /** undefined: Docker where it can be used. */
  readonly engine: EngineKind | undefined;
  /** Leaves the home. */
  readonly keep: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly narrator: Narrator;
  readonly leavings: Leavings;
  readonly signal: AbortSignal;
}

export interface Stage {
  readonly home: string;
  readonly engine: EngineKind;
  readonly daemon: DemoDaemon;
  readonly secret: string;
  /** The event's body. */
  readonly payload: Buffer;
}

/** Resolves when the daemon listens. Everything made is noted in `leavings` before it is made. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { env, narrator, leavings, signal } = options;
  const engine = await chooseEngine(options.engine, env, signal);
  const home = makeHome(options);
  const directory = path.join(home, 'forge', `${repositoryName}.git`);
  const repository = await makeRepository(directory, signal);
  const forge = await serveRepository(directory, `${organization}/${repositoryName}`);
  leavings.add('the repository’s server', forge.stop);
  narrator.fact(
    'forge',
    `${forge.url}/${organization}/${repositoryName}.git, a small git repository, served just for this`,
  );
  const agent = fileURLToPath(new URL('review-agent.js', import.meta.url));
  const image = await agentImage(engine, home, agent, options);
  const secret = randomBytes(20).toString('hex');
  const command = image === undefined ? [process.execPath, agent] : ['node', agentInImage];
  writeDemoHome(home, { engine: engine.kind, image, command, forge: forge.url, secret });
  const payload = Buffer.from(JSON.stringify(pullRequestPayload({ forge: forge.url, repository, at: new Date() })));
  writeFileSync(payloadFile(home), payload, { mode: 0o600 });
  signal.throwIfAborted();
  narrator.command(`pylon start --home ${home}`);
  const daemon = await startDemoDaemon({
    home,
    env,
    signal,
    onBanner: narrator.write,
    onStarted: (stop) => leavings.add('the daemon', stop),
  });
  return { home, engine: engine.kind, daemon, secret, payload };
}

function makeHome({ keep, narrator, leavings }: StageOptions): string {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'pylon-demo-')));
  if (!keep) leavings.add(`the home ${home}`, () => rm(home, { recursive: true, force: true }));
  mkdirSync(homePaths(home).run, { mode: 0o700 });
  narrator.fact('home', `${home}, ${keep ? 'which stays, as --keep asks for' : 'removed at the end'}`);
  return home;
}

/** Makes an image with `agent` in it, where the engine wants one. Returns its name. */
async function agentImage(
  engine: DemoEngine,
  home: string,
  agent: string,
  { narrator, leavings, signal }: StageOptions,
): Promise<string | undefined> {
  if (engine.kind === 'process') {
    narrator.fact('engine', 'process: the agent runs WITHOUT a sandbox');
    narrator.fact('why', engine.why);
    return undefined;
  }
  const { address, version } = engine;
  narrator.fact('engine', `Docker ${version}: the agent runs in a container, closed off`);
  const id = homeId(homePaths(home));
  const repository = 'pylon-demo';
  const tag = id.slice(0, 8);
  const name = `${repository}:${tag}`;
  leavings.add(`the image ${name}`, () => removeImage(address, name));
  leavings.add('the containers', () => removeHomeFromEngine(address, id));
  const begun = Date.now();
  const changes = [nodeImagePath(), `LABEL pylon.demo=${tag}`];
  await importImage(address, { repository, tag, files: nodeImageFiles(agent), changes });
  const seconds = ((Date.now() - begun) / 1_000).toFixed(1);
  narrator.fact('image', `${name}, made in ${seconds} s of this machine's own Node: no registry is needed`);
  signal.throwIfAborted();
  return name;
}
