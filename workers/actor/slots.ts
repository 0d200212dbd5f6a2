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
  /** It is this job's turn. Kept while the job is being stored. */
  granted(jobId: string): void;
  /** Calls `begin` when the job's turn comes, or at once where it came already. */
  whenGranted(jobId: string, begin: () => void): void;
}

export function makeSlots(send: (message: FromPylon) => void): Slots {
  const asked = new Map<string, (answer: SlotAnswer) => void>();
  /** Queued, but not stored yet: whether its turn has come already. */
  const storing = new Map<string, boolean>();
  const waiting = new Map<string, () => void>();
  return {
    request: (jobId) =>
      new Promise((resolve) => {
        asked.set(jobId, resolve);
        send({ type: 'slot-request', jobId });
      }),
    wait: (jobId) => send({ type: 'slot-wait', jobId }),
    release(jobId) {
      storing.delete(jobId);
      waiting.delete(jobId);
      send({ type: 'slot-release', jobId });
    },
    answered(jobId, answer) {
      if (answer.kind === 'queued') storing.set(jobId, false);
      asked.get(jobId)?.(answer);
      asked.delete(jobId);
    },
    granted(jobId) {
      const begin = waiting.get(jobId);
      if (begin !== undefined) {
        waiting.delete(jobId);
        begin();
        return;
      }
      // Else it was ended, and its slot given back, while the grant was on its way.
      if (storing.has(jobId)) storing.set(jobId, true);
    },
    whenGranted(jobId, begin) {
      const granted = storing.get(jobId);
      storing.delete(jobId);
      if (granted === true) begin();
      else waiting.set(jobId, begin);
    },
  };
}
