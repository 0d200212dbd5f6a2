/** The pylon's side of the slots: the supervisor decides, this remembers what it said. */
import type { FromPylon, SlotAnswer } from '../../src/protocol/messages.ts';

export interface Slots {
  /** Asks for a slot for a job that is about to be stored. */
  request(jobId: string): Promise<SlotAnswer>;
  /** Puts a stored job in the supervisor's queue; it does not count toward max_queued. */
  wait(jobId: string): void;
  /** Gives the slot, or the place in the queue, back. */
  release(jobId: string): void;
  /** The supervisor's answer to `request`. */
  answered(jobId: string, answer: SlotAnswer): void;
  /** It is this job's turn. Kept until somebody takes it, as it may come before the job is stored. */
  granted(jobId: string): void;
  /** Calls `begin` when the job's turn comes, or at once where it came already. */
  whenGranted(jobId: string, begin: () => void): void;
  /** Forgets a job that will not need its turn any more. */
  forget(jobId: string): void;
}

export function makeSlots(send: (message: FromPylon) => void): Slots {
  const asked = new Map<string, (answer: SlotAnswer) => void>();
  const waiting = new Map<string, () => void>();
  const granted = new Set<string>();
  return {
    request: (jobId) =>
      new Promise((resolve) => {
        asked.set(jobId, resolve);
        send({ type: 'slot-request', jobId });
      }),
    wait: (jobId) => send({ type: 'slot-wait', jobId }),
    release(jobId) {
      granted.delete(jobId);
      waiting.delete(jobId);
      send({ type: 'slot-release', jobId });
    },
    answered(jobId, answer) {
      asked.get(jobId)?.(answer);
      asked.delete(jobId);
    },
    granted(jobId) {
      const begin = waiting.get(jobId);
      if (begin === undefined) {
        granted.add(jobId);
        return;
      }
      waiting.delete(jobId);
      begin();
    },
    whenGranted(jobId, begin) {
      if (granted.delete(jobId)) begin();
      else waiting.set(jobId, begin);
    },
    forget(jobId) {
      granted.delete(jobId);
      waiting.delete(jobId);
    },
  };
}
