/** Many events at once for few slots: none is lost, and no slot is ever idle or shared. */
import Docker from 'dockerode';

import type { JobListing } from '../../../src/protocol/job.ts';
import { startDaemon, until, untilJob } from '../../support/daemon.ts';
import type { Daemon } from '../../support/daemon.ts';
import { homeIdOf } from '../../support/remove-home.ts';
import { watchEngine } from '../engine-events.ts';
import type { Figure } from '../figure.ts';
import { addPylon, container, withBenchHome } from '../homes.ts';
import { inTurn } from '../rounds.ts';

const events = 100;
const slots = 3;

export const burst: Figure = {
  name: 'burst',
  how:
    `${events} events at once, ${slots} slots, \`on_full: queue\`, each agent a container that sleeps for a second. From the first job ` +
    `made to the last one ended, beside ${events}/${slots} times what one job takes that has the machine for itself. ` +
    'How many ran at once is counted from the engine’s own events.',
  measure: ({ rounds, say }) =>
    withBenchHome({ docker: `max_concurrent: ${slots}, on_full: queue` }, async (home) => {
      addPylon(home, 'target', container('sleep 1'));
      const daemon = await startDaemon(home.home);
      const engine = await watchEngine(new Docker(), homeIdOf(home));
      try {
        await alone(daemon);
        const { single = [], all = [] } = await inTurn(rounds, say, {
          single: () => alone(daemon),
          all: () => together(daemon),
        });
        return [
          {
            what: `${events} events, ${slots} slots: until all are done`,
            unit: 's',
            values: all,
            beside: { what: `${events}/${slots} × one job`, values: single.map((each) => (each * events) / slots) },
            aim: { kind: 'ratio', atMost: 1.15 },
          },
          {
            what: 'the most containers at once',
            unit: 'jobs',
            values: [engine.mostAtOnce()],
            aim: { kind: 'median', atMost: slots },
          },
        ];
      } finally {
        engine.close();
        await daemon.end();
      }
    }),
};

async function alone(daemon: Daemon): Promise<number> {
  const { body } = await daemon.send('/target');
  return lasted([await untilJob(daemon, body.job_id ?? '')]);
}

async function together(daemon: Daemon): Promise<number> {
  const answers = await Promise.all(Array.from({ length: events }, () => daemon.send('/target')));
  const ids = new Set(answers.map(({ body }) => body.job_id ?? ''));
  await untilIdle(daemon);
  const jobs = await daemon.control.jobs({ pylon: 'target', status: null, limit: events });
  const done = jobs.filter(({ id, status }) => ids.has(id) && status === 'done');
  if (done.length !== events) throw new Error(`only ${done.length} of ${events} jobs are done`);
  return lasted(done);
}

/** The slots are looked at, not the jobs, so that looking costs the daemon little. */
async function untilIdle(daemon: Daemon): Promise<void> {
  for (;;) {
    try {
      await until('all jobs have ended', async () => {
        const { slots: now } = await daemon.control.status();
        return now.taken + now.waiting === 0 ? true : undefined;
      });
      return;
    } catch (error) {
      // It is given as long as it makes headway.
      const { slots: now } = await daemon.control.status();
      if (now.waiting + now.taken >= events) throw error;
    }
  }
}

/** Seconds from the first one made to the last one ended. */
function lasted(jobs: readonly JobListing[]): number {
  const first = Math.min(...jobs.map(({ created_at: at }) => Date.parse(at)));
  const last = Math.max(...jobs.map(({ ended_at: at }) => Date.parse(at ?? '')));
  return (last - first) / 1000;
}
