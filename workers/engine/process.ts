/**
 * Runs agents as plain child processes of the daemon: no sandbox at all, for trials on machines without a container engine.
 * A run ends with the thread that started it, and only that thread knows it.
 */
import { constants } from 'node:os';

import type { Clock } from '../../src/clock.ts';
import { fail, reasonOf } from '../../src/errors.ts';
import { startInGroup, type GroupExit, type GroupProcess, type GroupRegister } from '../child/start-in-group.ts';
import { containerName, inside } from './docker-sandbox.ts';
import type { Container, Engine, Exit, RunSpec } from './engine.ts';
import { makeProcessOutput, type ProcessOutput } from './process-output.ts';

export interface ProcessContext {
  readonly pylon: string;
  readonly clock: Clock;
  readonly group: GroupRegister;
}

interface ProcessRun {
  readonly spec: RunSpec;
  readonly createdAt: number;
  state: Container['state'];
  child: GroupProcess | undefined;
  output: ProcessOutput | undefined;
}

/** What a run may take to end by itself when this engine is closed, milliseconds. */
const closeGraceMs = 2_000;

export function processEngine(context: ProcessContext): Engine {
  const runs = new Map<string, ProcessRun>();
  const known = (id: string): ProcessRun => {
    const run = runs.get(id);
    if (run === undefined) throw fail('PYLON_CONTAINER_GONE', { container: id });
    return run;
  };
  const stop = async (id: string, graceMs: number): Promise<void> => {
    await runs.get(id)?.child?.stop(graceMs);
  };
  return {
    kind: 'process',
    ping: async () => undefined,
    ensureImage: async () => undefined,
    create: async (spec, signal) => {
      signal.throwIfAborted();
      const id = containerName(spec.jobId, spec.run);
      runs.set(id, { spec, createdAt: context.clock.now(), state: 'created', child: undefined, output: undefined });
      return id;
    },
    start: (id) => startRun(known(id), context),
    find: async (jobId, run) => describe(runs).find((one) => one.jobId === jobId && one.run === run),
    list: async () => describe(runs),
    follow: async (id, _since, onChunk, signal) => {
      const { output } = known(id);
      if (output === undefined) throw fail('PYLON_CONTAINER_GONE', { container: id });
      return output.follow(onChunk, signal);
    },
    stop,
    remove: async (id) => {
      await stop(id, 0);
      runs.delete(id);
    },
    close: async () => {
      await Promise.all([...runs.keys()].map((id) => stop(id, closeGraceMs)));
    },
  };
}

async function startRun(run: ProcessRun, context: ProcessContext): Promise<void> {
  if (run.state !== 'created') return;
  const { spec } = run;
  const [program, ...args] = spec.command;
  if (program === undefined) {
    throw fail('PYLON_AGENT_NOT_STARTED', {
      reason: '`agent.command` is empty, and without containers there is no image to take it from',
    });
  }
  run.state = 'running';
  try {
    const child = await startInGroup({
      argv: [program, ...args],
      cwd: spec.workspace,
      env: environment(spec),
      group: context.group,
      clock: context.clock,
    });
    run.child = child;
    const exit = child.exited.then((outcome): Exit => {
      run.state = 'ended';
      return { code: exitCode(outcome), outOfMemory: false, endedAt: context.clock.now() };
    });
    run.output = makeProcessOutput(child, exit, context.clock);
  } catch (thrown) {
    run.state = 'ended';
    throw fail('PYLON_AGENT_NOT_STARTED', { reason: reasonOf(thrown) }, { cause: thrown });
  }
}

const defaultPath = '/usr/local/bin:/usr/bin:/bin';

function environment(spec: RunSpec): Record<string, string> {
  const { PATH = defaultPath, LANG = 'C.UTF-8' } = process.env;
  const env: Record<string, string> = { PATH, LANG, ...spec.env, HOME: spec.home };
  // There is no mount that would put the file where containers see it.
  if (spec.promptFile !== undefined && env['PYLON_PROMPT_FILE'] === inside.prompt)
    env['PYLON_PROMPT_FILE'] = spec.promptFile;
  return env;
}

/** As a shell and an engine report it: 128 + n where signal n ended the process. */
function exitCode({ code, signal }: GroupExit): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function describe(runs: ReadonlyMap<string, ProcessRun>): Container[] {
  return [...runs].map(([id, { spec, state, createdAt }]) => ({
    id,
    jobId: spec.jobId,
    run: spec.run,
    pylon: spec.pylon,
    state,
    createdAt,
  }));
}
