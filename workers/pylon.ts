/** Thread entry of one pylon: a port on one side, the actor on the other. */
import { systemClock } from '../src/clock.ts';
import type { Clock } from '../src/clock.ts';
import type { FromPylon, PylonStart, ToPylon } from '../src/protocol/messages.ts';
import { makeOutgoing } from '../src/protocol/outgoing.ts';
import type { Step } from './actor/context.ts';
import { PylonActor } from './actor/pylon-actor.ts';

/** The thread's one task: ends when the pylon has stopped. Rejects where its database cannot be opened. */
export function runPylon(
  start: PylonStart,
  onStep?: (jobId: string, step: Step) => void,
  clock: Clock = systemClock,
): Promise<void> {
  const { port, ...rest } = start;
  const outgoing = makeOutgoing<FromPylon>(port, {
    mayWait: ({ type }) => type === 'answer' || type === 'slot-request',
    // The answers of one commit, and the questions of one message, come within one turn.
    atTurnsEnd: (send) => process.nextTick(send),
  });
  return new Promise((resolve, reject) => {
    try {
      const actor = new PylonActor({
        start: rest,
        send: (message) => outgoing.send(message),
        clock,
        onStep,
        onStopped: () => {
          port.close();
          resolve();
        },
      });
      port.on('message', (messages: readonly ToPylon[]) => {
        for (const message of messages) actor.receive(message);
      });
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
