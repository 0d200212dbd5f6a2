/** What a chaos run does and when: made from its seed alone. */
import type { Step } from '../../workers/actor/context.ts';
import type { CrashPlan } from '../support/crashing-pylon.ts';
import { frail } from './cast.ts';
import type { PylonName } from './cast.ts';
import { seeded } from './prng.ts';
import type { Random } from './prng.ts';

export interface Plan {
  readonly seed: number;
  /** How long faults are injected under load; ms. */
  readonly ms: number;
  readonly onFull: 'queue' | 'reject';
  readonly slots: number;
  /** Events per second over all pylons. */
  readonly rate: number;
  /** By time. */
  readonly faults: readonly PlannedFault[];
}

export interface PlannedFault {
  /** ms after the load began. */
  readonly at: number;
  readonly action: Action;
}

export type ChannelTrouble = 'down' | 'slow' | 'too-many' | 'error' | 'cut' | 'refuse';
export type EngineTrouble = 'gone' | 'hanging' | 'failing';

/** Lengths in ms. */
export type Action =
  | { readonly kind: 'daemon-killed'; readonly between: 'nothing' | 'native-read' | 'native-lock' | 'read-only' }
  | { readonly kind: 'daemon-stopped'; readonly how: 'term' | 'restart' }
  | { readonly kind: 'daemon-suspended'; readonly ms: number }
  | {
      readonly kind: 'worker-crash';
      readonly pylon: PylonName;
      readonly step: Step | 'any';
      readonly how: CrashPlan['how'];
      readonly times: number;
      readonly after: number;
    }
  | { readonly kind: 'engine'; readonly trouble: EngineTrouble; readonly ms: number }
  | { readonly kind: 'container'; readonly how: 'kill' | 'remove' }
  | { readonly kind: 'disk-full'; readonly ms: number }
  | { readonly kind: 'channel'; readonly trouble: ChannelTrouble; readonly ms: number }
  | { readonly kind: 'native-reader'; readonly pylon: PylonName }
  | { readonly kind: 'directory'; readonly how: 'delete' | 'replace' | 'rename-back'; readonly ms: number }
  | { readonly kind: 'saves'; readonly count: number; readonly everyMs: number }
  | { readonly kind: 'clock'; readonly stepMs: number; readonly ms: number }
  | { readonly kind: 'burst'; readonly pylon: PylonName; readonly count: number };

export type FaultKind = Action['kind'];

/** @param kinds only faults of these kinds, where given */
export function makePlan(seed: number, ms: number, kinds: ReadonlySet<FaultKind> = new Set()): Plan {
  const random = seeded(seed);
  const onFull = random.pick<Plan['onFull']>(['queue', 'queue', 'reject']);
  const slots = random.between(2, 4);
  const rate = 0.7 + 0.6 * random.next();
  const faults: PlannedFault[] = [];
  // The first seconds are for the daemon to get going, the last for the last fault to be over.
  for (let at = 2_000 + random.between(0, 1_000); at < ms - 1_000; at += random.between(1_500, 6_000)) {
    const kind = random.pick(drawn);
    const action = makeAction(kind, random);
    // Drawn all the same, so that what is left of a plan comes at the same times as in the whole of it.
    if (kinds.size === 0 || kinds.has(kind)) faults.push({ at, action });
  }
  return { seed, ms, onFull, slots, rate, faults };
}

/** Each as often as it is to come. */
const drawn: readonly [FaultKind, ...FaultKind[]] = [
  'daemon-killed',
  'daemon-killed',
  'daemon-killed',
  'daemon-stopped',
  'daemon-suspended',
  'worker-crash',
  'worker-crash',
  'worker-crash',
  'worker-crash',
  'engine',
  'engine',
  'engine',
  'container',
  'container',
  'disk-full',
  'channel',
  'channel',
  'channel',
  'native-reader',
  'directory',
  'saves',
  'clock',
  'burst',
];

const steps: readonly [Step | 'any', ...Step[]] = [
  'any',
  'store',
  'render',
  'workspace',
  'create',
  'intent',
  'start',
  'started',
  'output',
  'ended',
  'stored',
  'remove',
];

function makeAction(kind: FaultKind, random: Random): Action {
  switch (kind) {
    case 'daemon-killed':
      return { kind, between: random.pick(['nothing', 'nothing', 'native-read', 'native-lock', 'read-only']) };
    case 'daemon-stopped':
      return { kind, how: random.pick(['term', 'restart']) };
    case 'daemon-suspended':
      return { kind, ms: random.between(500, 6_000) };
    case 'worker-crash':
      return {
        kind,
        pylon: random.pick(frail),
        step: random.pick(steps),
        // A loop takes 15 s to be noticed.
        how: random.pick(['throw', 'throw', 'exit', 'exit', 'heap', 'loop', 'sigkill']),
        times: random.between(1, 2),
        after: random.between(0, 2),
      };
    case 'engine':
      return { kind, trouble: random.pick(['gone', 'hanging', 'failing']), ms: random.between(500, 7_000) };
    case 'container':
      return { kind, how: random.pick(['kill', 'remove']) };
    case 'disk-full':
      return { kind, ms: random.between(1_000, 5_000) };
    case 'channel':
      return {
        kind,
        trouble: random.pick(['down', 'slow', 'too-many', 'error', 'cut', 'refuse']),
        ms: random.between(1_000, 6_000),
      };
    case 'native-reader':
      return { kind, pylon: random.pick(['calm', 'frail', 'cloner', 'edited']) };
    case 'directory':
      return { kind, how: random.pick(['delete', 'replace', 'rename-back']), ms: random.between(100, 4_000) };
    case 'saves':
      return { kind, count: random.between(10, 40), everyMs: random.between(5, 60) };
    case 'clock':
      return { kind, stepMs: random.pick([-20_000, -3_000, 3_000, 20_000]), ms: random.between(1_000, 5_000) };
    case 'burst':
      return {
        kind,
        pylon: random.pick(['calm', 'frail', 'cloner', 'edited', 'moved', 'moved']),
        count: random.between(5, 12),
      };
  }
}

/** One line for each fault. */
export function formatPlan({ seed, ms, onFull, slots, rate, faults }: Plan): string {
  const head = `seed ${seed}: ${seconds(ms)} under load, ${rate.toFixed(1)} events/s, ${slots} slots, on_full ${onFull}`;
  return [head, ...faults.map(({ at, action }) => `  ${seconds(at).padStart(7)}  ${formatAction(action)}`)].join('\n');
}

export function formatAction({ kind, ...rest }: Action): string {
  const details = Object.entries(rest).map(([key, value]) => `${key}=${String(value)}`);
  return [kind, ...details].join(' ');
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
