import { setTimeout as pause } from 'node:timers/promises';

import { reasonOf } from '../../../src/errors.ts';
import type { Stage } from '../stage.ts';
import type { ActionOf, FaultContext, Hit } from './fault.ts';

const restartPatienceMs = 60_000;

/** An orderly stop and start, or `pylon restart` within the same process. */
export async function stopDaemon({ stage, remark }: FaultContext, { how }: ActionOf<'daemon-stopped'>): Promise<Hit> {
  return stage.daemon.exclusively(async (hands) => {
    if (how === 'term') {
      await hands.end('SIGTERM');
      await hands.start();
    } else {
      const trouble = await hands.away(() => restart(stage));
      if (trouble !== undefined) remark(trouble);
    }
    return {};
  });
}

/** Undefined where it went well. */
async function restart({ client }: Stage): Promise<string | undefined> {
  const before = await client.status().catch(() => undefined);
  try {
    await client.restart();
  } catch (error) {
    // A worker of the plan may have killed it just now.
    if (before === undefined) return undefined;
    return `pylon restart was refused: ${reasonOf(error)}`;
  }
  const deadline = Date.now() + restartPatienceMs;
  while (Date.now() < deadline) {
    await pause(100);
    const now = await client.status().catch(() => undefined);
    if (now?.address && now.started_at !== before?.started_at) return undefined;
  }
  return 'pylon restart did not come back within a minute';
}
