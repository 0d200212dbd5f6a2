import { setBlame } from '../../src/protocol/blame.ts';
import type { Step, Steps } from './context.ts';

/**
 * Keeps the shared memory of blame up to date.
 * @param onStep called at each step's beginning, before anything of it is done
 */
export function makeSteps(blame: SharedArrayBuffer, onStep: (jobId: string, step: Step) => void = () => {}): Steps {
  return {
    enter(jobId, step) {
      this.during(jobId, () => onStep(jobId, step));
    },
    during(jobId, work) {
      setBlame(blame, jobId);
      const result = work();
      // Not in a `finally`: an error that nobody catches ends the thread, and the blame must outlive it.
      setBlame(blame, undefined);
      return result;
    },
    forgive: () => setBlame(blame, undefined),
  };
}
