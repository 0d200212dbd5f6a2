/** A pylon's actor in this thread, with the supervisor's own slots, requests and asks on the other side. */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/clock.ts';
import { fileAt } from '../../src/file-id.ts';
import { lockDatabase } from '../../src/os-lock.ts';
import { makeBlame } from '../../src/protocol/blame.ts';
import { isEnded } from '../../src/protocol/job.ts';
import type { JobDetail, JobStatus } from '../../src/protocol/job.ts';
import type {
  Ask,
  AskAnswer,
  EngineAddress,
  FromPylon,
  PylonPaths,
  PylonStart,
  RequestAnswer,
  ToPylon,
} from '../../src/protocol/messages.ts';
import type { PylonSettings, Variables } from '../../src/protocol/settings.ts';
import { PendingAsks } from '../../src/supervisor/pending-asks.ts';
import { PendingRequests } from '../../src/supervisor/pending-requests.ts';
import { RunSlots } from '../../src/supervisor/run-slots.ts';
import { PylonActor } from '../../workers/actor/pylon-actor.ts';
import type { Step } from '../../workers/actor/context.ts';

export const name = 'tested';

/** A home with one pylon's directory, under the lock of its database unless that is not wanted; gone when the test ends. */
export function makePaths(t: TestContext, { locked = true } = {}): PylonPaths {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'pylon-actor-')));
  const directory = path.join(home, 'pylons', name);
  for (const each of [directory, path.join(home, 'repos')]) mkdirSync(each, { recursive: true });
  writeFileSync(path.join(directory, 'pylon.yaml'), `name: ${name}\n`);
  const database = path.join(directory, 'jobs.db');
  const lock = locked ? lockDatabase(database) : undefined;
  t.after(() => {
    lock?.release();
    rmSync(home, { recursive: true, force: true });
  });
  return { home, directory, database, jobs: path.join(directory, 'jobs'), repos: path.join(home, 'repos') };
}

/** A webhook pylon without a secret that runs `script` as a plain process; `changes` over that. */
export function settingsOf(script: string, changes: Partial<PylonSettings> = {}): PylonSettings {
  return {
    name,
    description: null,
    trigger: { type: 'webhook', path: `/${name}` },
    workspace: { type: 'none' },
    channel: { type: 'stdout', approval: false },
    agent: {
      type: 'command',
      command: ['sh', '-c', script],
      env: {},
      prompt: 'do it',
      timeout: '1m',
      volumes: [],
      network: 'none',
      read_only: true,
    },
    limits: { cpus: 1, memory: '64m', pids: 50, disk: '100m' },
    engine: 'process',
    docker: { on_full: 'queue', min_free_disk: '1mb' },
    jobs: { keep: '90d', keep_workspaces: '24h' },
    ...changes,
  };
}

export interface OpenOptions {
  readonly paths: PylonPaths;
  readonly settings: PylonSettings | null;
  readonly accepting?: boolean;
  readonly engine?: EngineAddress;
  readonly homeId?: string;
  readonly clock?: Clock;
  readonly variables?: Variables;
  readonly slots?: number;
  readonly maxQueued?: number;
  readonly crash?: Pick<PylonStart, 'afterCrash' | 'culprit'>;
  readonly onStep?: (jobId: string, step: Step) => void;
}

export interface OpenedActor {
  readonly actor: PylonActor;
  readonly sent: readonly FromPylon[];
  readonly slots: RunSlots;
  readonly blame: SharedArrayBuffer;
  readonly ask: <Kind extends Ask['kind']>(
    ask: Extract<Ask, { kind: Kind }>,
  ) => Promise<Extract<AskAnswer, { kind: Kind }>>;
  readonly job: (id: string) => Promise<JobDetail>;
  /** The job once it has one of `statuses`, or has ended where none is given. */
  readonly whenJob: (id: string, ...statuses: readonly JobStatus[]) => Promise<JobDetail>;
  /** Hands in one request; signed with `secret` as GitHub does where given. */
  readonly send: (
    body: unknown,
    options?: { secret?: string; delivery?: string; id?: string },
  ) => Promise<RequestAnswer>;
  /** Resolves when the actor has stopped. */
  readonly stop: (onStop?: 'leave' | 'kill') => Promise<void>;
}

export function openActor(t: TestContext, options: OpenOptions): OpenedActor {
  const { paths, settings, clock = systemClock, homeId = randomUUID() } = options;
  const sent: FromPylon[] = [];
  const requests = new PendingRequests(name, clock);
  const asks = new PendingAsks(name, clock);
  const slots = new RunSlots({
    limit: options.slots ?? 3,
    maxQueued: options.maxQueued ?? 100,
    onGrant: (_pylon, jobId) => later(() => actor.receive({ type: 'slot-granted', jobId })),
  });
  slots.setPylon(name, { onFull: settings?.docker.on_full ?? 'queue' });
  slots.open();
  let stopped: () => void = () => undefined;
  const whenStopped = new Promise<void>((resolve) => (stopped = resolve));
  const send = (message: FromPylon): void => {
    sent.push(message);
    if (message.type === 'ready')
      later(() => slots.reconcile(name, [...message.holding, ...message.removing], message.waiting));
    else if (message.type === 'answer') requests.answered(message.jobId, message.answer);
    else if (message.type === 'asked') asks.answered(message.id, message.outcome);
    else if (message.type === 'slot-request')
      later(() =>
        actor.receive({
          type: 'slot-answer',
          jobId: message.jobId,
          answer: slots.request(message.jobId, name),
        }),
      );
    else if (message.type === 'slot-wait') later(() => slots.wait(message.jobId, name, false));
    else if (message.type === 'slot-release') later(() => slots.release(message.jobId));
    else if (message.type === 'print') later(() => actor.receive({ type: 'printed', id: message.id }));
  };
  const blame = makeBlame();
  const databaseFile = fileAt(paths.database);
  if (databaseFile === undefined) throw new Error('makePaths makes the database');
  const actor = new PylonActor({
    start: {
      name,
      paths,
      databaseFile,
      homeId,
      settings,
      accepting: options.accepting ?? true,
      variables: options.variables ?? { process: {}, home: {} },
      engine: options.engine ?? { kind: 'process' },
      timings: { engineSilence: 2_000, stopGrace: 1_000, deliveryPause: 50 },
      afterCrash: false,
      culprit: null,
      blame,
      ...options.crash,
    },
    send,
    clock,
    onStep: options.onStep,
    onStopped: () => stopped(),
  });
  const stop = async (onStop: 'leave' | 'kill' = 'leave'): Promise<void> => {
    actor.receive({ type: 'stop', onStop });
    await whenStopped;
  };
  t.after(() => stop('kill'));
  const post = (message: ToPylon): boolean => {
    actor.receive(message);
    return true;
  };
  const job = async (id: string): Promise<JobDetail> => {
    const answer = await asks.ask({ kind: 'job', prefix: id }, post);
    if (answer.job === null) throw new Error(`there is no job ${id}`);
    return answer.job;
  };
  return {
    actor,
    sent,
    slots,
    blame,
    ask: (question) => asks.ask(question, post),
    job,
    async whenJob(id, ...statuses) {
      for (const deadline = Date.now() + 20_000; Date.now() < deadline; await pause(10)) {
        const found = await job(id);
        if (statuses.length === 0 ? isEnded(found.status) : statuses.includes(found.status)) return found;
      }
      throw new Error(`job ${id} did not come to ${statuses.join(' or ')}; it is ${(await job(id)).status}`);
    },
    send(body, { secret, delivery, id = randomUUID() } = {}) {
      const bytes = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
      const headers: [string, string][] = [['content-type', 'application/json']];
      if (secret !== undefined)
        headers.push(['x-hub-signature-256', `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`]);
      if (delivery !== undefined) headers.push(['x-github-delivery', delivery]);
      const answer = requests.add(id);
      actor.receive({ type: 'request', jobId: id, headers, body: bytes.buffer, at: clock.now() });
      return answer;
    },
    stop,
  };
}

/** Messages between threads never arrive in the same turn. */
function later(deliver: () => void): void {
  setImmediate(deliver);
}
