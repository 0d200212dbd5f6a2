import type { Load } from '../load.ts';
import type { Observer } from '../observer.ts';
import type { Action } from '../plan.ts';
import type { Random } from '../prng.ts';
import type { Stage } from '../stage.ts';

export interface FaultContext {
  readonly stage: Stage;
  readonly observer: Observer;
  readonly load: Load;
  /** For what the plan leaves open because it depends on what runs. */
  readonly random: Random;
  /** What went against a promise while the fault was there, in words. */
  readonly remark: (what: string) => void;
}

/** What a fault hit, where that became clear only when it came. */
export interface Hit {
  readonly jobId?: string;
  /** It found nothing to hit. */
  readonly missed?: boolean;
}

export type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;
