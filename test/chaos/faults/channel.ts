import { setTimeout as pause } from 'node:timers/promises';

import type { ActionOf, FaultContext, Hit } from './fault.ts';

/** The receiver of all channels is down, slow, or answers what nobody wants to hear. */
export async function troubleChannel({ stage }: FaultContext, action: ActionOf<'channel'>): Promise<Hit> {
  await stage.receiver.become(action.trouble);
  await pause(action.ms);
  await stage.receiver.become('well');
  return {};
}
