/**
 * The worker of a pylon that crashes on purpose: what the daemon runs when the tests start it through
 * `crashing-daemon.ts`, and nothing else can.
 *
 * The plan is `crash.json` in the pylon's directory: at which step, how, and how many times. Each crash is counted down on
 * disk before it happens.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { PylonStart } from '../../src/protocol/messages.ts';
import type { Step } from '../../workers/actor/context.ts';
import { runPylon as run } from '../../workers/pylon.ts';

export interface CrashPlan {
  readonly step: Step | 'any';
  readonly how: 'throw' | 'exit' | 'heap' | 'loop' | 'sigkill';
  /** How many times it crashes. */
  readonly times: number;
  /** How many times the step passes before the first crash. */
  readonly after?: number;
}

export function runPylon(start: PylonStart): Promise<void> {
  const crash = followCrashPlan(path.join(start.paths.directory, 'crash.json'));
  return run(start, (_jobId, step) => crash(step));
}

/** To be told of each step; crashes where the plan in `file` says so, and counts that down there. */
export function followCrashPlan(file: string): (step: Step) => void {
  return (step) => {
    const plan = readPlan(file);
    if (plan === undefined || plan.times <= 0 || (plan.step !== step && plan.step !== 'any')) return;
    const { after = 0 } = plan;
    const next = after > 0 ? { ...plan, after: after - 1 } : { ...plan, times: plan.times - 1 };
    // The test reads it at any moment.
    writeFileSync(`${file}.new`, JSON.stringify(next));
    renameSync(`${file}.new`, file);
    if (after === 0) crash(plan.how);
  };
}

function readPlan(file: string): CrashPlan | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CrashPlan;
  } catch {
    return undefined;
  }
}

function crash(how: CrashPlan['how']): void {
  switch (how) {
    case 'throw':
      // Outside of every handler of the step.
      process.nextTick(() => {
        throw new Error('crashed on purpose');
      });
      return;
    case 'exit':
      process.exit(3);
    case 'heap': {
      const hoard: unknown[] = [];
      for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => ({ index })));
    }
    case 'loop':
      for (;;);
    case 'sigkill':
      process.kill(process.pid, 'SIGKILL');
      // The signal is on its way; nothing more of this step must happen.
      for (;;);
    default:
      how satisfies never;
  }
}
