import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { CrashPlan } from '../../support/crashing-pylon.ts';
import type { ActionOf, FaultContext, Hit } from './fault.ts';

const withinMs = 15_000;
const eventEveryMs = 2_000;
const lookEveryMs = 100;

/** Lets a pylon's worker die at a step of its next jobs; over when it has, or when no job came by. */
export async function crashWorker({ stage, load }: FaultContext, action: ActionOf<'worker-crash'>): Promise<Hit> {
  const { pylon, step, how, times, after } = action;
  const file = path.join(stage.control, `${pylon}.crash.json`);
  write(file, { step, how, times, after });
  const deadline = Date.now() + withinMs;
  for (let waited = 0; (read(file)?.times ?? 0) > 0 && Date.now() < deadline; waited += lookEveryMs) {
    // So that there is a job whose step it can die in.
    if (waited % eventEveryMs === 0) void load.send(pylon);
    await pause(lookEveryMs);
  }
  const missed = (read(file)?.times ?? 0) === times;
  write(file, { step, how, times: 0 });
  // The last crash has been counted down, and comes right after.
  await pause(500);
  return { missed };
}

function write(file: string, plan: CrashPlan): void {
  writeFileSync(`${file}.mine`, JSON.stringify(plan));
  renameSync(`${file}.mine`, file);
}

function read(file: string): CrashPlan | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CrashPlan;
  } catch {
    return undefined;
  }
}
