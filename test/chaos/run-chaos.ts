/** One chaos run: sets the stage, carries the plan out under load, lets everything come to rest, and reconciles. */
import { setTimeout as pause } from 'node:timers/promises';

import { readDatabases } from './databases.ts';
import type { Evidence, FaultRecord, Finding } from './evidence.ts';
import { inject, laneOf } from './inject.ts';
import type { FaultContext } from './faults/fault.ts';
import { findLeftovers } from './leftovers.ts';
import { startLoad } from './load.ts';
import type { Load } from './load.ts';
import { observe } from './observer.ts';
import type { Observer } from './observer.ts';
import { formatAction } from './plan.ts';
import type { Plan } from './plan.ts';
import { seeded } from './prng.ts';
import { reconcile } from './reconcile.ts';
import { measure } from './resources.ts';
import { settle } from './settle.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';

export interface ChaosRun {
  readonly evidence: Evidence;
  readonly findings: readonly Finding[];
}

export interface ChaosOptions {
  readonly say: (line: string) => void;
  /** Called with the stage still there, before it is cleared away. */
  readonly look?: (stage: Stage, run: ChaosRun) => void;
}

export async function runChaos(plan: Plan, { say, look }: ChaosOptions): Promise<ChaosRun> {
  const stage = await setStage(plan);
  let observer: Observer | undefined;
  try {
    await stage.daemon.exclusively((hands) => hands.start());
    observer = await observe(stage.homeId());
    const run = await carryOut(plan, stage, observer, say);
    look?.(stage, run);
    return run;
  } finally {
    observer?.stop();
    await stage.clear();
  }
}

async function carryOut(plan: Plan, stage: Stage, observer: Observer, say: (line: string) => void): Promise<ChaosRun> {
  const remarks: string[] = [];
  const before = await warmUp(plan, stage);
  const load = startLoad({ url: stage.url, rate: plan.rate, seed: plan.seed });
  const random = seeded(plan.seed ^ 0xfa);
  const context: FaultContext = { stage, observer, load, random, remark: (what) => remarks.push(what) };
  const faults = await injectAll(plan, context, say);
  // A daemon that a worker's crash killed is started again before anything is asked of it.
  await stage.daemon.exclusively((hands) => hands.start());
  say('the faults are over; the load stops');
  await load.stop();
  const unsettled = await settle(stage, load);
  const after = await measure(stage.daemon.pid());
  await stage.daemon.exclusively((hands) => hands.end('SIGTERM'));
  const databases = readDatabases(stage.home);
  const evidence: Evidence = {
    slots: plan.slots,
    onFull: plan.onFull,
    requests: [...before.load.requests, ...load.requests],
    engineEvents: observer.events,
    received: stage.receiver.received,
    databases,
    faults,
    downtimes: stage.daemon.downtimes,
    resources: before.resources === undefined || after === undefined ? undefined : { before: before.resources, after },
    leftovers: await findLeftovers(stage, databases),
    remarks: [...remarks, ...stage.daemon.remarks],
    unsettled,
  };
  return { evidence, findings: reconcile(evidence) };
}

interface WarmUp {
  readonly load: Load;
  readonly resources: Awaited<ReturnType<typeof measure>>;
}

/** One job of each pylon, so that everything that is loaded when first needed is loaded. */
async function warmUp(plan: Plan, stage: Stage): Promise<WarmUp> {
  const load = startLoad({ url: stage.url, rate: plan.rate, seed: plan.seed });
  await load.stop();
  const unsettled = await settle(stage, load);
  if (unsettled.length > 0) throw new Error(`it does not even work without faults:\n${unsettled.join('\n')}`);
  return { load, resources: await measure(stage.daemon.pid()) };
}

/** Resolves when all are over. Two of one lane come one after the other. */
async function injectAll(
  plan: Plan,
  context: FaultContext,
  say: (line: string) => void,
): Promise<readonly FaultRecord[]> {
  const began = Date.now();
  const records: FaultRecord[] = [];
  const lanes = new Map<string, Promise<void>>();
  for (const { at, action } of plan.faults) {
    await pause(Math.max(0, began + at - Date.now()));
    const lane = laneOf(action);
    const next = (lanes.get(lane) ?? Promise.resolve()).then(async () => {
      say(`${seconds(Date.now() - began)}  ${formatAction(action)}`);
      const record = await inject(context, action);
      if (record === undefined) say(`${seconds(Date.now() - began)}  ${action.kind} found nothing to hit`);
      else records.push(record);
    });
    lanes.set(lane, next);
    // Told when all are waited for.
    next.catch(() => undefined);
  }
  await pause(Math.max(0, began + plan.ms - Date.now()));
  await Promise.all(lanes.values());
  return records;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1).padStart(6)} s`;
