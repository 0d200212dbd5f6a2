/**
 * The worker of a chaos run: crashes by the plan in `<name>.crash.json`, and adds the milliseconds in `clock` to what
 * the system's clock says. Both files are in `control/` beside the home, where no fault reaches them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { systemClock } from '../../../src/clock.ts';
import type { Clock } from '../../../src/clock.ts';
import type { PylonStart } from '../../../src/protocol/messages.ts';
import { runPylon as run } from '../../../workers/pylon.ts';
import { followCrashPlan } from '../../support/crashing-pylon.ts';

export function runPylon(start: PylonStart): Promise<void> {
  const control = path.join(start.paths.home, '..', 'control');
  const crash = followCrashPlan(path.join(control, `${start.name}.crash.json`));
  return run(start, (_jobId, step) => crash(step), steppedClock(path.join(control, 'clock')));
}

const lookEveryMs = 100;

function steppedClock(file: string): Clock {
  let offset = 0;
  let lookedAt = -Infinity;
  return {
    now() {
      if (performance.now() - lookedAt > lookEveryMs) {
        lookedAt = performance.now();
        offset = readOffset(file);
      }
      return systemClock.now() + offset;
    },
    after: (ms, wake) => systemClock.after(ms, wake),
  };
}

function readOffset(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}
