/** What every part of a pylon's actor is given: its place, its database, its engine and its way to the supervisor. */
import type { Clock } from '../../src/clock.ts';
import type { Log } from '../../src/log.ts';
import type { FromPylon, PylonPaths, Timings } from '../../src/protocol/messages.ts';
import type { PylonSettings, Variables } from '../../src/protocol/settings.ts';
import type { GroupRegister } from '../child/start-in-group.ts';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../store/store.ts';
import type { OwnEnv } from './own-env.ts';

export interface ActorContext {
  readonly name: string;
  readonly homeId: string;
  readonly paths: PylonPaths;
  readonly store: Store;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  readonly timings: Timings;
  /** Replaced as a whole when the files change. */
  readonly inForce: () => InForce;
  /** The pylon's own `.env`. */
  readonly ownEnv: OwnEnv;
  readonly send: (message: FromPylon) => void;
  readonly steps: Steps;
  /** Told of every process group that is started for this pylon, so that none outlives its thread. */
  readonly group: GroupRegister;
}

export interface InForce {
  /** null: the file is faulty and no settings of an earlier run of the daemon are known. */
  readonly settings: PylonSettings | null;
  /** Whether new events are taken. */
  readonly accepting: boolean;
  readonly variables: Variables;
}

/** The steps of a run, in order; a worker's death is blamed on the job whose step it was in. */
export type Step =
  | 'store'
  | 'render'
  | 'workspace'
  | 'create'
  | 'intent'
  | 'start'
  | 'started'
  | 'output'
  | 'ended'
  | 'stored'
  | 'remove';

export interface Steps {
  /** Says that the worker is now in this step of this job. */
  enter(jobId: string, step: Step): void;
  /** Runs synchronous work that a payload or an agent's output could make go wrong, with the job named as the culprit. */
  during<Result>(jobId: string, work: () => Result): Result;
  /** What such work threw was caught: nobody is to blame for what comes next. */
  forgive(): void;
}
