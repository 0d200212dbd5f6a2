import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { ActionOf, FaultContext, Hit } from './fault.ts';

/** The clock of all workers is set forward or back, and right again. */
export async function stepClock({ stage }: FaultContext, { stepMs, ms }: ActionOf<'clock'>): Promise<Hit> {
  const file = path.join(stage.control, 'clock');
  writeFileSync(file, String(stepMs));
  await pause(ms);
  writeFileSync(file, '0');
  return {};
}
