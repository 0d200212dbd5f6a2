/** Carries out one planned fault and writes down when, and what it hit. */
import type { FaultRecord } from './evidence.ts';
import { sendBurst } from './faults/burst.ts';
import { troubleChannel } from './faults/channel.ts';
import { stepClock } from './faults/clock.ts';
import { hitContainer } from './faults/container.ts';
import { killDaemon } from './faults/daemon-killed.ts';
import { stopDaemon } from './faults/daemon-stopped.ts';
import { suspendDaemon } from './faults/daemon-suspended.ts';
import { troubleDirectory } from './faults/directory.ts';
import { fillDisk } from './faults/disk-full.ts';
import { troubleEngine } from './faults/engine.ts';
import type { FaultContext, Hit } from './faults/fault.ts';
import { readNatively } from './faults/native-reader.ts';
import { saveOften } from './faults/saves.ts';
import { crashWorker } from './faults/worker-crash.ts';
import { formatAction } from './plan.ts';
import type { Action } from './plan.ts';
import { edited, moved } from './cast.ts';

/** undefined: it found nothing to hit. */
export async function inject(context: FaultContext, action: Action): Promise<FaultRecord | undefined> {
  const from = Date.now();
  const { jobId = null, missed = false } = await carryOut(context, action);
  if (missed) return undefined;
  return { kind: action.kind, what: formatAction(action), pylon: pylonOf(action), jobId, from, to: Date.now() };
}

/** Two faults of one lane never overlap: they would undo each other. */
export function laneOf(action: Action): string {
  return action.kind === 'worker-crash' ? `worker-crash ${action.pylon}` : action.kind;
}

function carryOut(context: FaultContext, action: Action): Promise<Hit> {
  switch (action.kind) {
    case 'daemon-killed':
      return killDaemon(context, action);
    case 'daemon-stopped':
      return stopDaemon(context, action);
    case 'daemon-suspended':
      return suspendDaemon(context, action);
    case 'worker-crash':
      return crashWorker(context, action);
    case 'engine':
      return troubleEngine(context, action);
    case 'container':
      return hitContainer(context, action);
    case 'disk-full':
      return fillDisk(context, action);
    case 'channel':
      return troubleChannel(context, action);
    case 'native-reader':
      return readNatively(context, action);
    case 'directory':
      return troubleDirectory(context, action);
    case 'saves':
      return saveOften(context, action);
    case 'clock':
      return stepClock(context, action);
    case 'burst':
      return sendBurst(context, action);
  }
}

/** Whom a fault concerns alone; null: everybody. */
function pylonOf(action: Action): string | null {
  switch (action.kind) {
    case 'worker-crash':
      return action.how === 'sigkill' ? null : action.pylon;
    case 'directory':
      return moved;
    case 'saves':
      return edited;
    case 'daemon-killed':
    case 'daemon-stopped':
    case 'daemon-suspended':
    case 'engine':
    case 'container':
    case 'disk-full':
    case 'channel':
    case 'native-reader':
    case 'clock':
    case 'burst':
      return null;
  }
}
