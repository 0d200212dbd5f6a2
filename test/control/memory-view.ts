/** The other side of the control socket for tests: a daemon's view that is held in memory. */
import type { DaemonStatus, DaemonView, JobLog, PylonListing } from '../../src/control/daemon-view.ts';
import { fail } from '../../src/errors.ts';
import type { JobDetail, JobListing } from '../../src/protocol/job.ts';
import { isEnded } from '../../src/protocol/job.ts';

const started = '2026-11-21T01:53:43.000Z';

export function listing(changes: Partial<JobListing> & { id: string }): JobListing {
  return {
    pylon: 'my-sentry',
    status: 'done',
    trigger: 'webhook',
    run: 1,
    created_at: '2026-11-21T02:00:00.000Z',
    started_at: '2026-11-21T02:00:02.000Z',
    ended_at: '2026-11-21T02:01:07.500Z',
    duration_ms: 65_500,
    cost_usd: null,
    error: null,
    parent: null,
    ...changes,
  };
}

export function detail(job: JobListing): JobDetail {
  return {
    ...job,
    runs: [
      {
        run: 1,
        status: job.status,
        started_at: job.started_at,
        ended_at: job.ended_at,
        repo: 'https://github.com/octocat/Hello-World.git',
        ref: 'master',
        commit: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
        prompt: 'Look into it.\nThen say what you found.',
        result: 'Found the fault in line 3.',
        exit_code: 0,
        cost_usd: job.cost_usd,
        error: job.error,
      },
    ],
    timeline: [
      { at: '2026-11-21T02:00:00.000Z', run: 1, status: 'pending', note: 'accepted' },
      { at: '2026-11-21T02:00:02.000Z', run: 1, status: 'running', note: null },
      { at: '2026-11-21T02:01:07.500Z', run: 1, status: job.status, note: null },
    ],
    deliveries: [{ run: 1, event: 'job.ended', state: 'delivered', attempts: 1, next_at: null, error: null }],
    payload: '{"action":"opened"}',
  };
}

export function pylonListing(changes: Partial<PylonListing> & { name: string }): PylonListing {
  return {
    state: 'ok',
    trigger: `webhook /${changes.name}`,
    description: null,
    path: `/${changes.name}`,
    url: `http://build.example:8080/${changes.name}`,
    problems: [],
    counts: { unfinished: 0, running: 0, total: 0, last: null },
    ...changes,
  };
}

export class MemoryView implements DaemonView {
  readonly asked: string[] = [];
  readonly details: JobDetail[] = [];
  listings: PylonListing[] = [];
  address: DaemonStatus['address'] = { host: '127.0.0.1', port: 8080 };
  startedAt = started;
  pid = process.pid;
  logPath = '/nonexistent/agent.log';
  onStop = (): void => {};
  readonly home: string;

  constructor(home: string) {
    this.home = home;
  }

  status(): DaemonStatus {
    return {
      version: '0.1.0',
      pid: this.pid,
      home: this.home,
      address: this.address,
      started_at: this.startedAt,
      engine: 'docker',
      slots: { limit: 3, taken: 1, waiting: 0 },
    };
  }

  pylons(): readonly PylonListing[] {
    return this.listings;
  }

  async jobs(pylon: string | null, limit: number): Promise<readonly JobListing[]> {
    if (pylon !== null && !this.listings.some(({ name }) => name === pylon)) {
      throw fail('PYLON_UNKNOWN_PYLON', { name: pylon, home: this.home, known: 'There are none.' });
    }
    return this.details
      .filter((job) => pylon === null || job.pylon === pylon)
      .slice(0, limit)
      .map(listingOf);
  }

  async job(prefix: string): Promise<JobDetail> {
    const found = this.details.filter(({ id }) => id.startsWith(prefix));
    const [job] = found;
    if (job === undefined) throw fail('PYLON_UNKNOWN_JOB', { id: prefix });
    if (found.length > 1) {
      const candidates = found.map(({ id }) => id.slice(0, 8)).join(', ');
      throw fail('PYLON_AMBIGUOUS_JOB', { id: prefix, count: found.length, candidates });
    }
    return job;
  }

  async logFile(prefix: string): Promise<JobLog> {
    const job = listingOf(await this.job(prefix));
    const ended = (): boolean => this.details.some(({ id, status }) => id === job.id && isEnded(status));
    return { file: this.logPath, job, ended };
  }

  async kill(prefix: string): Promise<JobListing> {
    const job = await this.job(prefix);
    if (isEnded(job.status)) throw fail('PYLON_JOB_ENDED', { id: job.id.slice(0, 8), status: job.status });
    this.asked.push(`kill ${job.id}`);
    return { ...listingOf(job), status: 'killed' };
  }

  async retry(prefix: string): Promise<JobListing> {
    const { id } = await this.job(prefix);
    this.asked.push(`retry ${id}`);
    return listing({ id: '99999999-0000-4000-8000-000000000000', status: 'queued', trigger: 'retry', parent: id });
  }

  stop(): void {
    this.asked.push('stop');
    this.onStop();
  }

  restart(): void {
    this.asked.push('restart');
    this.onStop();
  }

  /** Replaces the job of this id. */
  put(job: JobDetail): void {
    const at = this.details.findIndex(({ id }) => id === job.id);
    this.details.splice(at === -1 ? this.details.length : at, at === -1 ? 0 : 1, job);
  }
}

function listingOf({
  runs: _runs,
  timeline: _timeline,
  deliveries: _deliveries,
  payload: _payload,
  ...job
}: JobDetail): JobListing {
  return job;
}
