import type { ActionOf, FaultContext, Hit } from './fault.ts';

/** SIGSTOP, and SIGCONT after a while. */
export async function suspendDaemon({ stage }: FaultContext, { ms }: ActionOf<'daemon-suspended'>): Promise<Hit> {
  await stage.daemon.exclusively((hands) => hands.suspend(ms));
  return {};
}
