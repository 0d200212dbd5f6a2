/** Stays with a started container until it has ended: stores its output, ends it where it must, reads what it came to. */
import path from 'node:path';

import { fail } from '../../src/errors.ts';
import { commandReader, restoreCommandReader } from '../agents/command/reader.ts';
import type { OutputReader } from '../agents/agent.ts';
import type { Exit, OutputChunk } from '../engine/engine.ts';
import type { ActorContext } from './context.ts';
import { endContainer } from './end-container.ts';
import { endReasonOf } from './ending.ts';
import { maskText } from './mask.ts';
import { outcomeOfEnding } from './outcome.ts';
import type { RunOutcome } from './outcome.ts';
import { OutputLog } from './output-log.ts';
import { untilStored } from './patience.ts';
import type { RunInHand } from './take-up.ts';
import { knownSecrets } from './variables.ts';

export interface StartedRun extends RunInHand {
  readonly containerId: string;
}

/**
 * What the run came to. When `signal` ends it, the container is asked to stop, then killed, and what it printed until
 * then is kept; when `signal` says that it is left to a successor, it goes on and the promise rejects with that reason.
 */
export async function attendRun(context: ActorContext, run: StartedRun, signal: AbortSignal): Promise<RunOutcome> {
  const { job, containerId } = run;
  const secrets = knownSecrets(context, run.unexpanded);
  const output = new OutputLog({
    directory: path.join(context.paths.jobs, job.id),
    run: job.run,
    secrets,
    newReader: commandReader,
    restoreReader: restoreCommandReader,
    clock: context.clock,
  });
  const left = new AbortController();
  const ending = endContainer(context, run, signal, left);
  try {
    const onChunk = (chunk: OutputChunk): void | Promise<void> => store(context, job.id, output, chunk, left.signal);
    const exit = await context.engine.follow(containerId, output.position, onChunk, left.signal);
    context.steps.enter(job.id, 'output');
    const patience = { clock: context.clock, patienceMs: Infinity, signal: left.signal };
    await untilStored(() => output.finish(), patience);
    const outcome = readOutcome(output.reader, exit, secrets);
    const reason = endReasonOf(ending.reason());
    const forced = reason === undefined ? undefined : outcomeOfEnding(reason);
    return forced === undefined ? outcome : { ...outcome, status: forced.status, error: forced.error };
  } catch (error) {
    left.signal.throwIfAborted();
    throw error;
  } finally {
    ending.stop();
    output.close();
  }
}

/** A full disk holds the output back in the engine until there is room again. */
function store(
  context: ActorContext,
  jobId: string,
  output: OutputLog,
  chunk: OutputChunk,
  signal: AbortSignal,
): void | Promise<void> {
  try {
    context.steps.during(jobId, () => output.write(chunk));
    return undefined;
  } catch {
    return untilStored(() => output.drain(), { clock: context.clock, patienceMs: Infinity, signal });
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
