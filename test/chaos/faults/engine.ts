import { setTimeout as pause } from 'node:timers/promises';

import type { ActionOf, FaultContext, Hit } from './fault.ts';

/** The engine goes away, hangs, or answers errors; its containers go on. */
export async function troubleEngine({ stage }: FaultContext, action: ActionOf<'engine'>): Promise<Hit> {
  await stage.proxy.become(action.trouble);
  await pause(action.ms);
  await stage.proxy.become('there');
  return {};
}
