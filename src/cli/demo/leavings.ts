/** What the demo has made on this machine, and how each of it goes away again. */
import { asPylonError } from '../../errors.ts';

export interface Leavings {
  /** Notes `remove`, which is to be harmless where nothing was made, before `what` (as it completes "Left behind: …") is made. */
  add(what: string, remove: () => Promise<void>): void;
  /** What is there now. */
  list(): readonly string[];
  /** Removes everything, the last made first. Resolves with a sentence for each that could not be removed. */
  clear(): Promise<readonly string[]>;
}

export function makeLeavings(): Leavings {
  const made: { readonly what: string; readonly remove: () => Promise<void> }[] = [];
  return {
    add: (what, remove) => void made.push({ what, remove }),
    list: () => made.map(({ what }) => what),
    async clear() {
      const faults: string[] = [];
      for (let last = made.at(-1); last !== undefined; last = made.at(-1)) {
        try {
          await last.remove();
        } catch (error) {
          faults.push(`Could not remove ${last.what}: ${asPylonError(error).message}`);
        }
        made.pop();
      }
      return faults;
    },
  };
}
