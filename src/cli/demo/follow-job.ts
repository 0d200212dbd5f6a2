/** Tells a job's life as it happens, from the daemon's own account of it. */
import { sleep, systemClock } from '../../clock.ts';
import type { ControlClient } from '../../control/client.ts';
import { isEnded } from '../../protocol/job.ts';
import type { JobDetail, RunDetail } from '../../protocol/job.ts';
import { containerName } from '../../../workers/engine/docker-sandbox.ts';
import { statusStyle } from '../job-table.ts';
import { cutTo } from '../text-width.ts';
import type { EngineKind } from './choose-engine.ts';
import type { Narrator } from './narrator.ts';

export interface FollowOptions {
  readonly control: ControlClient;
  readonly jobId: string;
  readonly engine: EngineKind;
  readonly narrator: Narrator;
  /** When the event was sent; milliseconds since 1970. */
  readonly origin: number;
  readonly signal: AbortSignal;
}

const askEveryMs = 25;

/** Resolves with the job once it has ended and all its messages are delivered or given up. Rejects with the signal's reason. */
export async function followJob(options: FollowOptions): Promise<JobDetail> {
  const { control, jobId, narrator, origin, signal } = options;
  let told: RunDetail | undefined;
  let log: Promise<void> | undefined;
  for (;;) {
    const job = await control.job(jobId);
    const run = job.runs.at(-1);
    if (run !== undefined) {
      tellClone(options, told, run);
      if (log === undefined && run.started_at !== null) {
        tellStart(options);
        log = tellLog(options);
        // Waited for at the end only, by when it may long have broken off.
        log.catch(() => undefined);
      }
      told = run;
    }
    if (isEnded(job.status) && job.deliveries.every(({ state }) => state !== 'waiting')) {
      await log;
      narrator.step(
        origin,
        job.status,
        run?.error ?? `exit code ${run?.exit_code ?? 'unknown'}; its result is stored`,
        statusStyle(job.status),
      );
      return job;
    }
    await sleep(systemClock, askEveryMs, signal);
  }
}

function tellClone(
  { narrator, origin }: FollowOptions,
  before: RunDetail | undefined,
  { repo, commit }: RunDetail,
): void {
  if (commit === null || before?.commit === commit) return;
  narrator.step(origin, 'cloned', `${repo ?? ''} at ${commit.slice(0, 7)}`, 'cyan');
}

function tellStart({ engine, jobId, narrator, origin }: FollowOptions): void {
  const what = engine === 'docker' ? `container ${containerName(jobId, 1)}` : 'the agent, as a plain process';
  narrator.step(origin, 'started', what, 'cyan');
}

const longestLine = 78;

/** What the agent prints, as it prints it. The last line is its result, of which the beginning is enough here. */
async function tellLog({ control, jobId, narrator, origin }: FollowOptions): Promise<void> {
  let rest = '';
  for await (const chunk of await control.log(jobId, true)) {
    const lines = `${rest}${chunk.toString()}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) narrator.step(origin, 'agent', cutTo(line, longestLine), 'dim');
  }
}
