/** Stays with a started container until it has ended: stores its output, ends it where it must, reads what it came to. */
import path from 'node:path';

import { fail } from '../../src/errors.ts';
import { commandReader, restoreCommandReader } from '../agents/command/reader.ts';
import type { OutputReader } from '../agents/agent.ts';
import type { Exit, OutputChunk } from '../engine/engine.ts';
import type { ActorContext } from './context.ts';
import { endContainer } from './end-container.ts';
import type { RunSignals } from './live-runs.ts';
import { maskText } from './mask.ts';
import { outcomeOfEnding } from './outcome.ts';
import type { RunOutcome } from './outcome.ts';
import { OutputLog } from './output-log.ts';
import { untilStored } from './patience.ts';
import type { Patience } from './patience.ts';
import type { RunInHand } from './take-up.ts';
import { knownSecrets } from './variables.ts';

export interface StartedRun extends RunInHand {
  readonly containerId: string;
}

/**
 * What the run came to. When `ending` ends it, the container is asked to stop, then killed, and what it printed until
 * then is kept; when it is left to a successor, it goes on and the promise rejects with that reason.
 */
export async function attendRun(
  context: ActorContext,
  run: StartedRun,
  { ending, left }: RunSignals,
): Promise<RunOutcome> {
  const { job, containerId } = run;
  const secrets = knownSecrets(context, run.unexpanded);
  const patience = { clock: context.clock, patienceMs: Infinity, signal: left };
  const watch = endContainer(context, run, ending);
  let output: OutputLog | undefined;
  try {
    const opened = await untilStored(() => openOutput(context, run, secrets), patience);
    output = opened;
    const onChunk = (chunk: OutputChunk): void | Promise<void> => store(context, job.id, opened, chunk, patience);
    const exit = await context.engine.follow(containerId, opened.position, onChunk, left);
    context.steps.enter(job.id, 'output');
    await untilStored(() => opened.finish(), patience);
    const outcome = readOutcome(opened.reader, exit, secrets);
    const reason = watch.reason();
    if (reason === undefined) return outcome;
    const { status, error } = outcomeOfEnding(reason);
    return { ...outcome, status, error };
  } finally {
    watch.stop();
    output?.close();
  }
}

function openOutput(context: ActorContext, { job }: StartedRun, secrets: readonly string[]): OutputLog {
  return new OutputLog({
    directory: path.join(context.paths.jobs, job.id),
    run: job.run,
    secrets,
    newReader: commandReader,
    restoreReader: restoreCommandReader,
    clock: context.clock,
  });
}

/** A full disk holds the output back in the engine until there is room again. */
function store(
  context: ActorContext,
  jobId: string,
  output: OutputLog,
  chunk: OutputChunk,
  patience: Patience,
): void | Promise<void> {
  try {
    context.steps.during(jobId, () => output.write(chunk));
    return undefined;
  } catch {
    context.steps.forgive();
    return untilStored(() => output.drain(), patience);
  }
}

function readOutcome(reader: OutputReader, exit: Exit, secrets: readonly string[]): RunOutcome {
  const read = reader.finish(exit.code);
  const error = exit.outOfMemory ? fail('PYLON_OUT_OF_MEMORY', {}).message : read.error;
  return {
    status: exit.outOfMemory ? 'failed' : read.status,
    result: read.result === null ? null : maskText(read.result, secrets),
    error: error === null ? null : maskText(error, secrets),
    sessionId: read.sessionId,
    costUsd: read.costUsd,
    exitCode: exit.code,
  };
}
