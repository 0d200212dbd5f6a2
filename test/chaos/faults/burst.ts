import type { ActionOf, FaultContext, Hit } from './fault.ts';

/** Many events of one pylon at once. */
export async function sendBurst({ load }: FaultContext, { pylon, count }: ActionOf<'burst'>): Promise<Hit> {
  // Their answers come when they come; the load waits for them.
  for (let sent = 0; sent < count; sent += 1) void load.send(pylon);
  return Promise.resolve({});
}
