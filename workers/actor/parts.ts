/** Everything that a pylon consists of, wired together; nothing of it has begun to work yet. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

import type { Clock } from '../../src/clock.ts';
import { asPylonError } from '../../src/errors.ts';
import { makeLog } from '../../src/log.ts';
import type { FromPylon, PylonStart } from '../../src/protocol/messages.ts';
import type { Outbox } from '../channel/outbox.ts';
import { makeEngine } from '../engine/make-engine.ts';
import { openStore } from '../store/open-store.ts';
import { makeCommitGroup } from './commit-group.ts';
import type { CommitGroup } from './commit-group.ts';
import type { ActorContext, InForce, Step } from './context.ts';
import { makeDeliveries } from './deliveries.ts';
import { makeHousekeeping } from './housekeeping.ts';
import type { Housekeeping } from './housekeeping.ts';
import { makeJobEvents } from './job-events.ts';
import type { JobEvents } from './job-events.ts';
import { makeLiveRuns } from './live-runs.ts';
import type { LiveRuns } from './live-runs.ts';
import { makeOwnEnv } from './own-env.ts';
import { makePrinter } from './printer.ts';
import type { Printer } from './printer.ts';
import { runJob } from './run-job.ts';
import { makeSlots } from './slots.ts';
import type { Slots } from './slots.ts';
import { makeSteps } from './steps.ts';

export interface ActorOptions {
  readonly start: Omit<PylonStart, 'port'>;
  readonly send: (message: FromPylon) => void;
  readonly clock: Clock;
  readonly onStep?: ((jobId: string, step: Step) => void) | undefined;
  /** Called when everything is closed; nothing is sent after it. */
  readonly onStopped: () => void;
}

export interface ActorParts {
  readonly context: ActorContext;
  readonly slots: Slots;
  readonly printer: Printer;
  readonly deliveries: Outbox;
  readonly events: JobEvents;
  readonly runs: LiveRuns;
  readonly housekeeping: Housekeeping;
  readonly group: CommitGroup;
  /** Goes on with a job that has its slot. */
  readonly begin: (jobId: string) => void;
  /** Goes on with a stored job when its turn comes. */
  readonly beginWhenGranted: (jobId: string) => void;
}

/** Opens the database. Throws where it cannot be opened. */
export function makeParts(options: ActorOptions, inForce: () => InForce): ActorParts {
  const { send } = options;
  const context = makeContext(options, inForce);
  const slots = makeSlots(send);
  const printer = makePrinter(send);
  const deliveries = makeDeliveries(context, printer.print);
  const events = makeJobEvents(context, slots, () => deliveries.wake());
  const runs = makeLiveRuns((jobId, error) => context.log.error(asPylonError(error).message, { job: jobId }));
  const begin = (jobId: string): void => runs.begin(jobId, (signals) => runJob(context, events, jobId, signals));
  return {
    context,
    slots,
    printer,
    deliveries,
    events,
    runs,
    housekeeping: makeHousekeeping(context, (jobId) => runs.has(jobId)),
    group: makeCommitGroup(context.store),
    begin,
    beginWhenGranted: (jobId) => slots.whenGranted(jobId, () => begin(jobId)),
  };
}

function makeContext({ start, send, clock, onStep }: ActorOptions, inForce: () => InForce): ActorContext {
  const { name, homeId, paths, timings } = start;
  const log = makeLog((line) => send({ type: 'log', line }), name);
  const group = {
    started: (pid: number) => send({ type: 'group-started', pid }),
    ended: (pid: number) => send({ type: 'group-ended', pid }),
  };
  const store = openStore(paths.database, { log, locked: start.databaseFile });
  // Not with its parents: a pylon's directory that was removed meanwhile must not come back.
  if (!existsSync(paths.jobs)) mkdirSync(paths.jobs, { mode: 0o700 });
  return {
    name,
    homeId,
    paths,
    store,
    engine: makeEngine(start.engine, { homeId, pylon: name, home: paths.home, log, clock, group }),
    clock,
    log,
    timings,
    inForce,
    ownEnv: makeOwnEnv(path.join(paths.directory, '.env')),
    send,
    steps: makeSteps(start.blame, onStep),
    group,
  };
}
