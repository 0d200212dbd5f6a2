/** What the control socket answers: one function from a request's method and path to what is to be sent. */
import { fail } from '../errors.ts';
import type { JobListing, JobStatus } from '../protocol/job.ts';
import { jobStatuses } from '../protocol/job.ts';
import type { DaemonView, JobLog } from './daemon-view.ts';
import { jobPrefix } from './job-prefix.ts';

export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly afterwards?: () => void }
  | { readonly kind: 'log'; readonly log: JobLog; readonly follow: boolean };

/** Rejects with PYLON_CONTROL_UNKNOWN, PYLON_CONTROL_QUERY or whatever `view` rejects with. */
export async function answerTo(method: string, url: string, view: DaemonView): Promise<Answer> {
  const [path = '', search = ''] = url.split('?', 2);
  const query = new URLSearchParams(search);
  const [version, room, id, deed, ...more] = path.split('/').slice(1).map(decode);
  const unknown = (): Error => fail('PYLON_CONTROL_UNKNOWN', { method, path });
  if (version !== 'v1' || more.length > 0) throw unknown();
  if (id !== undefined) {
    if (room !== 'jobs') throw unknown();
    return answerAboutJob(`${method} ${deed ?? ''}`, jobPrefix(id), query, view, unknown);
  }
  switch (`${method} ${room}`) {
    case 'GET status':
      return json(200, view.status());
    case 'GET pylons':
      return json(200, view.pylons());
    case 'GET jobs':
      return json(200, await listedJobs(query, view));
    case 'POST stop':
      return { ...json(202, { status: 'stopping' }), afterwards: () => view.stop() };
    case 'POST restart':
      return { ...json(202, { status: 'restarting' }), afterwards: () => view.restart() };
    default:
      throw unknown();
  }
}

async function answerAboutJob(
  what: string,
  prefix: string,
  query: URLSearchParams,
  view: DaemonView,
  unknown: () => Error,
): Promise<Answer> {
  switch (what) {
    case 'GET ':
      return json(200, await view.job(prefix));
    case 'GET log':
      return { kind: 'log', log: await view.logFile(prefix), follow: isOn(query, 'follow') };
    case 'POST kill':
      return json(200, await view.kill(prefix));
    case 'POST retry':
      return json(201, await view.retry(prefix));
    default:
      throw unknown();
  }
}

const usualLimit = 50;
const highestLimit = 10_000;

async function listedJobs(query: URLSearchParams, view: DaemonView): Promise<readonly JobListing[]> {
  const limit = countOf(query, 'limit', usualLimit);
  const status = statusOf(query);
  const pylon = query.get('pylon');
  if (status === null) return view.jobs(pylon, limit);
  const jobs = await view.jobs(pylon, highestLimit);
  return jobs.filter((job) => job.status === status).slice(0, limit);
}

function countOf(query: URLSearchParams, name: string, usual: number): number {
  const value = query.get(name);
  if (value === null) return usual;
  const count = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (count < 1 || count > highestLimit) {
    throw fail('PYLON_CONTROL_QUERY', { name, value, expected: `a number from 1 to ${highestLimit}` });
  }
  return count;
}

function statusOf(query: URLSearchParams): JobStatus | null {
  const value = query.get('status');
  if (value === null) return null;
  const status = jobStatuses.find((known) => known === value);
  if (status === undefined) {
    throw fail('PYLON_CONTROL_QUERY', { name: 'status', value, expected: `one of ${jobStatuses.join(', ')}` });
  }
  return status;
}

function isOn(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value !== null && value !== '0' && value !== '1') {
    throw fail('PYLON_CONTROL_QUERY', { name, value, expected: '0 or 1' });
  }
  return value === '1';
}

function json(status: number, body: unknown): Extract<Answer, { kind: 'json' }> {
  return { kind: 'json', status, body };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
