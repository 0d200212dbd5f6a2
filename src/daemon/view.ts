/** The supervisor as the control socket sees it. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';

import type { DaemonView, PylonListing, PylonState } from '../control/daemon-view.ts';
import { fail, reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { shortId } from '../protocol/job.ts';
import type { JobDetail } from '../protocol/job.ts';
import type { MachineSettings } from '../protocol/settings.ts';
import type { Pylon } from '../supervisor/pylon.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { version } from '../version.ts';
import { pylonLine, triggerText } from './banner.ts';

export interface ViewOptions {
  readonly home: string;
  readonly machine: MachineSettings;
  readonly supervisor: Supervisor;
  readonly log: Log;
  readonly startedAt: number;
  readonly address: () => { readonly host: string; readonly port: number } | null;
  readonly onStop: (then: 'exit' | 'start again') => void;
}

export function daemonView(options: ViewOptions): DaemonView {
  const { supervisor, home, machine } = options;
  const find = (prefix: string): Promise<Found> => findJob(supervisor, prefix);
  return {
    status: () => ({
      version: version(),
      pid: process.pid,
      home,
      address: options.address(),
      started_at: new Date(options.startedAt).toISOString(),
      engine: machine.engine,
      slots: supervisor.slots.snapshot(),
    }),
    pylons: () => supervisor.pylons.map((pylon) => listing(pylon, machine)),
    async jobs(name, limit) {
      const pylons = name === null ? withThread(supervisor) : [named(supervisor, name, home)].filter(isRunning);
      const lists = await Promise.all(
        pylons.map(async (pylon) => {
          try {
            return await pylon.ask({ kind: 'jobs', limit });
          } catch (error) {
            // One pylon's trouble does not hide the others' jobs.
            if (name !== null) throw error;
            options.log.warn(`the jobs of ${pylon.name} are not listed: ${reasonOf(error)}`);
            return { jobs: [] };
          }
        }),
      );
      return lists
        .flatMap(({ jobs }) => jobs)
        .toSorted((left, right) => (left.created_at < right.created_at ? 1 : -1))
        .slice(0, limit);
    },
    job: async (prefix) => (await find(prefix)).job,
    async logFile(prefix) {
      const { pylon, job } = await find(prefix);
      return {
        file: path.join(pylon.paths.jobs, job.id, 'agent.log'),
        job,
        ended: () => !pylon.jobs.isUnfinished(job.id),
      };
    },
    async kill(prefix) {
      const { pylon, job } = await find(prefix);
      return (await pylon.ask({ kind: 'kill', jobId: job.id })).job;
    },
    async retry(prefix) {
      const { pylon, job } = await find(prefix);
      return (await pylon.ask({ kind: 'retry', jobId: job.id, newJobId: randomUUID() })).job;
    },
    stop: () => options.onStop('exit'),
    restart: () => options.onStop('start again'),
  };
}

interface Found {
  readonly pylon: Pylon;
  readonly job: JobDetail;
}

async function findJob(supervisor: Supervisor, prefix: string): Promise<Found> {
  const asked = withThread(supervisor).map(async (pylon) => ({ pylon, ...(await pylon.ask({ kind: 'job', prefix })) }));
  const settled = await Promise.allSettled(asked);
  const answers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const ids = answers.flatMap((answer) => answer.ids);
  if (ids.length > 1) {
    throw fail('PYLON_AMBIGUOUS_JOB', { id: prefix, count: ids.length, candidates: ids.map(shortId).join(', ') });
  }
  for (const { pylon, job } of answers) if (job !== null) return { pylon, job };
  // It may be the job of a pylon that could not answer: that is then what to say.
  for (const each of settled) if (each.status === 'rejected') throw each.reason as Error;
  throw fail('PYLON_UNKNOWN_JOB', { id: prefix });
}

const isRunning = ({ threadState }: Pylon): boolean => threadState !== 'stopped';

function withThread(supervisor: Supervisor): readonly Pylon[] {
  return supervisor.pylons.filter(isRunning);
}

function named(supervisor: Supervisor, name: string, home: string): Pylon {
  const pylon = supervisor.find(name);
  if (pylon !== undefined) return pylon;
  const names = supervisor.pylons.map((each) => each.name);
  const known = names.length === 0 ? 'There is none yet.' : `There are: ${names.join(', ')}.`;
  throw fail('PYLON_UNKNOWN_PYLON', { name, home, known });
}

function listing(pylon: Pylon, machine: MachineSettings): PylonListing {
  const { file, conflict, settings, path: urlPath } = pylon;
  const problems = file.kind === 'faulty' ? [...file.problems] : [];
  if (conflict !== undefined) problems.push(conflict);
  if (pylon.lastDeath !== undefined) problems.push(`its worker is not running: ${pylon.lastDeath}`);
  return {
    name: pylon.name,
    state: stateOf(pylon),
    trigger: settings === undefined ? null : triggerText(pylon),
    description: settings?.description ?? null,
    path: urlPath ?? null,
    url: urlPath === undefined ? null : `${publicUrl(pylon, machine)}${urlPath}`,
    problems,
    counts: pylon.jobs.counts,
  };
}

function publicUrl({ settings }: Pylon, machine: MachineSettings): string {
  const own = settings?.trigger.type === 'webhook' ? settings.trigger.public_url : undefined;
  return (own ?? machine.server.public_url).replace(/\/+$/, '');
}

function stateOf(pylon: Pylon): PylonState {
  const { state } = pylonLine(pylon);
  if (state === 'ok') return 'ok';
  if (pylon.accepting && ['starting', 'crashed', 'backing-off'].includes(pylon.threadState)) return 'restarting';
  if (state === 'FAIL') return 'FAIL';
  if (pylon.jobs.counts.unfinished > 0) return 'draining';
  return 'disabled';
}
