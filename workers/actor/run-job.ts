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
import type { Container } from '../engine/engine.ts';
import { containerName } from '../engine/docker-sandbox.ts';
import { findJob } from '../store/find-job.ts';
import type { JobRecord } from '../store/records.ts';
import { transaction } from '../store/transaction.ts';
import { updateRun } from '../store/update-run.ts';
import { attendRun } from './attend-run.ts';
import type { ActorContext } from './context.ts';
import { RunEnding } from './ending.ts';
import type { JobEvents } from './job-events.ts';
import type { RunSignals } from './live-runs.ts';
import { maskText } from './mask.ts';
import { outcomeOfError } from './outcome.ts';
import type { RunOutcome } from './outcome.ts';
import { untilEngineAnswers, untilStored } from './patience.ts';
import type { Patience } from './patience.ts';
import { takeUp } from './take-up.ts';
import type { RunInHand } from './take-up.ts';
import { knownSecrets } from './variables.ts';

/** Drives the job's latest run until its end is stored, or until it is left to a successor. */
export async function runJob(
  context: ActorContext,
  events: JobEvents,
  jobId: string,
  signals: RunSignals,
): Promise<void> {
  const { left } = signals;
  try {
    const outcome = await runToItsEnd(context, events, jobId, signals);
    left.throwIfAborted();
    context.steps.enter(jobId, 'ended');
    const patience = unhurried(context, left);
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
  { ending: ended, left }: RunSignals,
): Promise<RunOutcome> {
  const late = new AbortController();
  const ending = AbortSignal.any([ended, late.signal]);
  let limit: { cancel(): void } | undefined;
  let secrets: readonly string[] = [];
  try {
    const inHand = await untilStored(() => takeUp(context, jobId), unhurried(context, ending));
    secrets = knownSecrets(context, inHand.unexpanded);
    events.changed(jobId);
    const { clock } = context;
    const limitMs = parseDuration(inHand.settings.agent.timeout) ?? 0;
    const leftMs = (inHand.run.deadlineAt ?? clock.now() + limitMs) - clock.now();
    limit = clock.after(Math.max(0, leftMs), () => late.abort(new RunEnding({ kind: 'timeout', limitMs })));
    const { id, state } = await startedContainer(context, events, inHand, { ending, left });
    // One that has ended by itself, while nobody looked, came to what it came to: also where its limit is past by now.
    const watched = state === 'ended' ? never : ending;
    return await attendRun(context, { ...inHand, containerId: id }, { ending: watched, left });
  } catch (error) {
    context.steps.forgive();
    left.throwIfAborted();
    // What fails while a run is being ended fails for that reason.
    const outcome = outcomeOfError(ending.aborted ? ending.reason : error);
    return { ...outcome, error: outcome.error === null ? null : maskText(outcome.error, secrets) };
  } finally {
    limit?.cancel();
  }
}

/** A signal that nobody aborts. */
const never = new AbortController().signal;

async function startedContainer(
  context: ActorContext,
  events: JobEvents,
  inHand: RunInHand,
  signals: RunSignals,
): Promise<Pick<Container, 'id' | 'state'>> {
  const { engine } = context;
  const { job, run } = inHand;
  if (run.intentAt === null) return launch(context, events, inHand, signals);
  // It may be running: however long the engine is silent, its status and its slot stay.
  const patience = unhurried(context, signals.left);
  const container = await untilEngineAnswers(() => engine.find(job.id, job.run), patience);
  if (container === undefined) throw gone(context, job);
  if (container.state === 'created') await start(context, container.id, signals);
  if (job.status === 'pending') {
    await untilStored(() => events.started(job.id, 'found again after a restart'), patience);
  }
  return container;
}

async function launch(
  context: ActorContext,
  events: JobEvents,
  inHand: RunInHand,
  signals: RunSignals,
): Promise<Pick<Container, 'id' | 'state'>> {
  const { store, clock, steps, engine } = context;
  const { ending, left } = signals;
  const { job } = inHand;
  // Templates and workspaces are a third of what a pylon could load: one that only waits has no need of them.
  const { prepareRun } = await import('./prepare-run.ts');
  const spec = await prepareRun(context, inHand, ending);
  steps.enter(job.id, 'create');
  const id = await untilEngineAnswers(() => engine.create(spec, ending), unstarted(context, ending));
  steps.enter(job.id, 'intent');
  const intend = (): void => updateRun(store, job.id, job.run, { intentAt: clock.now(), containerId: id });
  await untilStored(() => transaction(store, intend), unhurried(context, ending));
  steps.enter(job.id, 'start');
  await start(context, id, signals);
  steps.enter(job.id, 'started');
  await untilStored(() => events.started(job.id), unhurried(context, left));
  return { id, state: 'running' };
}

/**
 * Asked again until the engine answers: starting is harmless on a container that has started. A start under way is waited
 * for also where the run is to end: what it starts has to be known, to be stopped.
 */
async function start(context: ActorContext, containerId: string, { ending, left }: RunSignals): Promise<void> {
  await untilEngineAnswers(() => context.engine.start(containerId), { ...unstarted(context, ending), abandon: left });
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

function gone(context: ActorContext, job: JobRecord): Error {
  if (context.engine.kind === 'process') return fail('PYLON_RUN_LOST', {});
  const id = shortId(job.id);
  const started = findJob(context.store, job.id)?.status === 'running';
  return started
    ? fail('PYLON_CONTAINER_GONE', { container: containerName(job.id, job.run) })
    : fail('PYLON_MAY_HAVE_RUN', { id });
}
