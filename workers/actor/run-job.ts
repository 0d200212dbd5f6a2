/**
 * The life of one run, from its slot to its end. Whatever state a run is found in, this goes on from there:
 *
 *   queued ──slot──▶ pending ──prepared, intent synced, started──▶ running ──▶ done | failed | timeout | killed
 *
 * The intent to start is on disk before the container is started, so after a crash at any point it is known whether it
 * can have run: `pending` without an intent is prepared anew, with one and a container that is only created it is started,
 * with one and no container it may have run, and the job fails rather than runs twice.
 */
import { fail } from '../../src/errors.ts';
import { parseDuration } from '../../src/duration.ts';
import { shortId } from '../../src/protocol/job.ts';
import { containerName } from '../engine/docker-sandbox.ts';
import { findJob } from '../store/find-job.ts';
import type { JobRecord } from '../store/records.ts';
import { transaction } from '../store/transaction.ts';
import { updateRun } from '../store/update-run.ts';
import { attendRun } from './attend-run.ts';
import type { ActorContext } from './context.ts';
import { RunEnding, endReasonOf } from './ending.ts';
import type { JobEvents } from './job-events.ts';
import { outcomeOfError } from './outcome.ts';
import type { RunOutcome } from './outcome.ts';
import { untilEngineAnswers, untilStored } from './patience.ts';
import type { Patience } from './patience.ts';
import { prepareRun } from './prepare-run.ts';
import { takeUp } from './take-up.ts';
import type { RunInHand } from './take-up.ts';

/** Drives the job's latest run until its end is stored, or until `signal` says that it is left to a successor. */
export async function runJob(
  context: ActorContext,
  events: JobEvents,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  const left = onlyLeft(signal);
  const outcome = await runToItsEnd(context, events, jobId, signal, left);
  context.steps.enter(jobId, 'ended');
  if (outcome === undefined) return;
  const patience = { clock: context.clock, patienceMs: Infinity, signal: left };
  try {
    await untilStored(() => events.ended(jobId, outcome), patience);
    context.steps.enter(jobId, 'stored');
    await events.cleanUp(jobId, patience);
  } catch (error) {
    if (!left.aborted) throw error;
  }
}

async function runToItsEnd(
  context: ActorContext,
  events: JobEvents,
  jobId: string,
  signal: AbortSignal,
  left: AbortSignal,
): Promise<RunOutcome | undefined> {
  const ending = new AbortController();
  const forward = (): void => ending.abort(signal.reason);
  signal.addEventListener('abort', forward, { once: true });
  if (signal.aborted) forward();
  let limit: { cancel(): void } | undefined;
  try {
    const patience = { clock: context.clock, patienceMs: Infinity, signal: ending.signal };
    const inHand = await untilStored(() => takeUp(context, jobId), patience);
    events.changed(jobId);
    const { clock } = context;
    const limitMs = parseDuration(inHand.settings.agent.timeout) ?? 0;
    const leftMs = (inHand.run.deadlineAt ?? clock.now() + limitMs) - clock.now();
    limit = clock.after(Math.max(0, leftMs), () => ending.abort(new RunEnding({ kind: 'timeout', limitMs })));
    const containerId = await startedContainer(context, events, inHand, ending.signal, left);
    return await attendRun(context, { ...inHand, containerId }, ending.signal);
  } catch (error) {
    return outcomeOfError(error);
  } finally {
    limit?.cancel();
    signal.removeEventListener('abort', forward);
  }
}

async function startedContainer(
  context: ActorContext,
  events: JobEvents,
  inHand: RunInHand,
  signal: AbortSignal,
  left: AbortSignal,
): Promise<string> {
  const { clock, engine } = context;
  const { job, run } = inHand;
  if (run.intentAt === null) return launch(context, events, inHand, signal);
  // It may be running: however long the engine is silent, its status and its slot stay.
  const container = await untilEngineAnswers(() => engine.find(job.id, job.run), {
    clock,
    patienceMs: Infinity,
    signal: left,
  });
  if (container === undefined) throw gone(context, job);
  if (container.state === 'created') await start(context, container.id, unstarted(context, signal));
  if (job.status === 'pending') {
    await untilStored(() => events.started(job.id, 'found again after a restart'), unhurried(context, left));
  }
  return container.id;
}

async function launch(
  context: ActorContext,
  events: JobEvents,
  inHand: RunInHand,
  signal: AbortSignal,
): Promise<string> {
  const { store, clock, steps, engine } = context;
  const { job } = inHand;
  const patience = unstarted(context, signal);
  const spec = await prepareRun(context, inHand, signal);
  steps.enter(job.id, 'create');
  const containerId = await untilEngineAnswers(() => engine.create(spec, signal), patience);
  signal.throwIfAborted();
  steps.enter(job.id, 'intent');
  const intend = (): void => updateRun(store, job.id, job.run, { intentAt: clock.now(), containerId });
  await untilStored(() => transaction(store, intend), unhurried(context, signal));
  signal.throwIfAborted();
  steps.enter(job.id, 'start');
  await start(context, containerId, patience);
  steps.enter(job.id, 'started');
  await untilStored(() => events.started(job.id), unhurried(context, onlyLeft(signal)));
  return containerId;
}

/** Asked again until the engine answers: starting is harmless on a container that has started. */
async function start(context: ActorContext, containerId: string, patience: Patience): Promise<void> {
  await untilEngineAnswers(() => context.engine.start(containerId), patience);
}

const unstarted = (context: ActorContext, signal: AbortSignal): Patience => ({
  clock: context.clock,
  patienceMs: context.timings.engineSilence,
  signal,
});

const unhurried = (context: ActorContext, signal: AbortSignal): Patience => ({
  clock: context.clock,
  patienceMs: Infinity,
  signal,
});

/** A signal that aborts only when the run is left, not when it is to be ended: for what has to be known or stored first. */
function onlyLeft(signal: AbortSignal): AbortSignal {
  const left = new AbortController();
  const check = (): void => {
    if (endReasonOf(signal.reason)?.kind === 'left') left.abort(signal.reason);
  };
  if (signal.aborted) check();
  else signal.addEventListener('abort', check, { once: true });
  return left.signal;
}

function gone(context: ActorContext, job: JobRecord): Error {
  if (context.engine.kind === 'process') return fail('PYLON_RUN_LOST', {});
  const id = shortId(job.id);
  const started = findJob(context.store, job.id)?.status === 'running';
  return started
    ? fail('PYLON_CONTAINER_GONE', { container: containerName(job.id, job.run) })
    : fail('PYLON_MAY_HAVE_RUN', { id });
}
