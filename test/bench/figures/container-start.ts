/** How much later a container starts because Pylon is between the event and the engine. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import Docker from 'dockerode';

import { sandbox } from '../../../workers/engine/docker-sandbox.ts';
import { startDaemon, untilJob } from '../../support/daemon.ts';
import type { Daemon } from '../../support/daemon.ts';
import { makeEngineHome } from '../../support/engine-runs.ts';
import type { EngineHome } from '../../support/engine-runs.ts';
import { homeIdOf } from '../../support/remove-home.ts';
import { watchEngine } from '../engine-events.ts';
import type { EngineEvents } from '../engine-events.ts';
import type { Figure } from '../figure.ts';
import { addPylon, container, withBenchHome } from '../homes.ts';
import { inTurn } from '../rounds.ts';

const pairs = 6;

export const containerStart: Figure = {
  name: 'container-start',
  how:
    `From sending an event to the engine's own notice that the container started, against the same sandbox made and started ` +
    `through the bare API (create and start, nothing else). One after the other, ${pairs} times a round; "added" is what each took longer ` +
    'than the one after it.',
  measure: ({ rounds, say }) =>
    withBenchHome({ docker: 'max_concurrent: 3' }, async (home) => {
      addPylon(home, 'target', container('true'));
      const daemon = await startDaemon(home.home);
      const bareHome = makeEngineHome();
      const docker = new Docker();
      const ours = await watchEngine(docker, homeIdOf(home));
      const bare = await watchEngine(docker, bareHome.homeId);
      try {
        // The first job loads what all later ones use.
        await viaPylon(daemon, ours);
        const { pylon = [], engine = [] } = await inTurn(rounds * pairs, say, {
          pylon: () => viaPylon(daemon, ours),
          engine: () => viaEngine(docker, bareHome, bare),
        });
        return [
          {
            what: 'event → container started',
            unit: 'ms',
            values: pylon,
            beside: { what: 'bare API', values: engine },
          },
          {
            what: 'of that, added by Pylon',
            unit: 'ms',
            values: pylon.map((value, round) => value - (engine[round] ?? NaN)),
            aim: { kind: 'median', atMost: 30 },
          },
        ];
      } finally {
        ours.close();
        bare.close();
        await daemon.end();
        bareHome.remove();
      }
    }),
};

async function viaPylon(daemon: Daemon, events: EngineEvents): Promise<number> {
  const began = performance.now();
  const { body } = await daemon.send('/target');
  const id = body.job_id ?? '';
  const took = (await events.started(id)) - began;
  await untilJob(daemon, id);
  // Its container is removed behind its end.
  await pause(300);
  return took;
}

async function viaEngine(docker: Docker, home: EngineHome, events: EngineEvents): Promise<number> {
  const jobId = randomUUID();
  const spec = sandbox(home.spec({ jobId, command: ['sh', '-c', 'true'], limits }), 'none');
  const began = performance.now();
  const made = await docker.createContainer(spec);
  await made.start();
  const took = (await events.started(jobId)) - began;
  await made.wait();
  await made.remove();
  await pause(300);
  return took;
}

/** Pylon's defaults. */
const limits = { cpus: 2, memoryBytes: 4 * 1024 ** 3, pids: 512 };
