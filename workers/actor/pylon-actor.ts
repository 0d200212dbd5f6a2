/** A pylon: one database, the jobs in it, and everything that makes them go on. Knows messages, but no thread. */
import { mkdirSync } from 'node:fs';

import type { Clock } from '../../src/clock.ts';
import { asPylonError } from '../../src/errors.ts';
import { makeLog } from '../../src/log.ts';
import type { FromPylon, PylonStart, ToPylon } from '../../src/protocol/messages.ts';
import { makeEngine } from '../engine/make-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { findRun } from '../store/find-run.ts';
import { findJob } from '../store/find-job.ts';
import { jobCounts } from '../store/job-counts.ts';
import { openStore } from '../store/open-store.ts';
import { transaction } from '../store/transaction.ts';
import { unfinishedJobs } from '../store/unfinished-jobs.ts';
import { acceptRequest } from './accept-request.ts';
import { answerAsk } from './answer-ask.ts';
import { makeCommitGroup } from './commit-group.ts';
import type { ActorContext, InForce, Step } from './context.ts';
import { makeDeliveries } from './deliveries.ts';
import { makeHousekeeping } from './housekeeping.ts';
import { makeJobEvents } from './job-events.ts';
import { rememberGoodSettings } from './last-good-settings.ts';
import { makeLiveRuns } from './live-runs.ts';
import { makePrinter } from './printer.ts';
import { recover } from './recover.ts';
import { runJob } from './run-job.ts';
import { makeSlots } from './slots.ts';
import { makeSteps } from './steps.ts';

export interface PylonActor {
  /** Takes one message from the supervisor. */
  receive(message: ToPylon): void;
}

export interface ActorOptions {
  readonly start: Omit<PylonStart, 'port'>;
  readonly send: (message: FromPylon) => void;
  readonly clock: Clock;
  readonly onStep?: ((jobId: string, step: Step) => void) | undefined;
  /** Called when everything is closed; nothing is sent after it. */
  readonly onStopped: () => void;
}

/** How long a stop that kills waits for the runs to end before it leaves them. */
const killPatienceMs = 6_000;

/** Opens the database, takes up what was unfinished and says `ready`. Throws where the database cannot be opened. */
export function startPylonActor({ start, send, clock, onStep, onStopped }: ActorOptions): PylonActor {
  let inForce: InForce = { settings: start.settings, accepting: start.accepting, variables: start.variables };
  mkdirSync(start.paths.jobs, { recursive: true, mode: 0o700 });
  const store = openStore(start.paths.database);
  const log = makeLog((line) => send({ type: 'log', line }), start.name);
  const engine = makeEngine(start.engine, {
    homeId: start.homeId,
    pylon: start.name,
    home: start.paths.home,
    log,
    clock,
    group: groups(send),
  });
  const context: ActorContext = {
    name: start.name,
    homeId: start.homeId,
    paths: start.paths,
    store,
    engine,
    clock,
    log,
    timings: start.timings,
    inForce: () => inForce,
    send,
    steps: makeSteps(start.blame, onStep),
  };
  const slots = makeSlots(send);
  const printer = makePrinter(send);
  const deliveries = makeDeliveries(context, printer.print);
  const events = makeJobEvents(context, slots, () => deliveries.wake());
  const runs = makeLiveRuns((jobId, error) => log.error(asPylonError(error).message, { job: jobId }));
  const housekeeping = makeHousekeeping(context, (jobId) => runs.has(jobId));
  const group = makeCommitGroup(store);

  const begin = (jobId: string): void => runs.begin(jobId, (signal) => runJob(context, events, jobId, signal));
  const enqueue = (jobId: string): void => {
    slots.wait(jobId);
    slots.whenGranted(jobId, () => begin(jobId));
  };
  const arrivals = {
    context,
    slots,
    group,
    stored: (jobId: string, granted: boolean): void => {
      events.changed(jobId);
      if (granted) begin(jobId);
      else slots.whenGranted(jobId, () => begin(jobId));
    },
  };

  rememberSettings(context);
  const recovered = recover(context, events, start);
  send({ type: 'ready', holding: recovered.holding, waiting: recovered.waiting, counts: jobCounts(store) });
  for (const { jobId } of recovered.waiting) slots.whenGranted(jobId, () => begin(jobId));
  for (const jobId of recovered.holding) begin(jobId);
  for (const jobId of recovered.givenUp) runs.begin(jobId, (signal) => events.cleanUp(jobId, { clock, patienceMs: Infinity, signal }));
  deliveries.start();
  housekeeping.start();

  const stop = async (onStop: 'leave' | 'kill'): Promise<void> => {
    inForce = { ...inForce, accepting: false };
    if (onStop === 'kill') await killRuns();
    for (const jobId of runs.ids()) runs.end(jobId, { kind: engine.kind === 'process' ? 'lost' : 'left' });
    await Promise.all([runs.settled(), deliveries.stop(), housekeeping.stop()]);
    const left = runningUntil(context);
    await closeEngine(engine, log);
    store.close();
    send({ type: 'stopped', left: left.length, leftUntil: left.length === 0 ? null : Math.max(...left) });
    onStopped();
  };
  const killRuns = async (): Promise<void> => {
    for (const jobId of runs.ids()) runs.end(jobId, { kind: 'killed', by: 'The daemon was stopped (docker.on_stop: kill).' });
    const over = new Promise<void>((resolve) => clock.after(killPatienceMs, resolve));
    await Promise.race([runs.settled(), over]);
  };

  return {
    receive(message) {
      switch (message.type) {
        case 'request':
          void acceptRequest(arrivals, message).then((answer) => send({ type: 'answer', jobId: message.jobId, answer }));
          return;
        case 'settings':
          // Without settings (a faulty edit) the last good ones stay in force.
          inForce = { ...message, settings: message.settings ?? inForce.settings };
          rememberSettings(context);
          return;
        case 'is-stored':
          send({ type: 'stored', jobId: message.jobId, status: findJob(store, message.jobId)?.status ?? null });
          return;
        case 'slot-answer':
          slots.answered(message.jobId, message.answer);
          return;
        case 'slot-granted':
          slots.granted(message.jobId);
          return;
        case 'ask':
          void answerAsk({ context, events, runs, slots, enqueue }, message.ask).then(
            (answer) => send({ type: 'asked', id: message.id, outcome: { ok: true, answer } }),
            (error: unknown) => {
              const { code, message: text } = asPylonError(error);
              send({ type: 'asked', id: message.id, outcome: { ok: false, error: { code, message: text } } });
            },
          );
          return;
        case 'printed':
          printer.printed(message.id);
          return;
        case 'ping':
          send({ type: 'pong', beat: message.beat });
          return;
        case 'end-runs':
          endRunsAfter(message.afterMs);
          return;
        case 'stop':
          void stop(message.onStop);
          return;
        default:
          message satisfies never;
      }
    },
  };

  function endRunsAfter(afterMs: number): void {
    inForce = { ...inForce, accepting: false };
    clock.after(afterMs, () => {
      for (const jobId of runs.ids()) runs.end(jobId, { kind: 'killed', by: 'Its pylon was removed.' });
    });
  }
}

function rememberSettings(context: ActorContext): void {
  const { settings } = context.inForce();
  if (settings === null) return;
  try {
    transaction(context.store, () => rememberGoodSettings(context.store, settings));
  } catch (error) {
    // A full disk must not keep the pylon from ending the jobs it has.
    context.log.warn(`its settings could not be remembered: ${asPylonError(error).message}`);
  }
}

function groups(send: (message: FromPylon) => void): { started(pid: number): void; ended(pid: number): void } {
  return {
    started: (pid) => send({ type: 'group-started', pid }),
    ended: (pid) => send({ type: 'group-ended', pid }),
  };
}

/** The time limits of the runs whose containers go on without this worker; milliseconds since 1970. */
function runningUntil({ store }: ActorContext): number[] {
  return unfinishedJobs(store)
    .filter(({ status }) => status === 'running')
    .map(({ id, run }) => findRun(store, id, run)?.deadlineAt ?? 0);
}

async function closeEngine(engine: Engine, log: { warn(message: string): void }): Promise<void> {
  try {
    await engine.close();
  } catch (error) {
    log.warn(`the engine's connections did not close: ${asPylonError(error).message}`);
  }
}
