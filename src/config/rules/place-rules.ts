/** Directories of the host that an agent is given. */
import { existsSync } from 'node:fs';

import { checkHostPath } from '../../../workers/engine/host-path.ts';
import type { Path, RuleInput } from './rule.ts';
import { attempt, quote } from './rule.ts';

/**
 * Reports a place that no agent may have. One that does not exist is only warned about: it may be mounted later, and is
 * looked at again before each run.
 */
export function checkPlace(input: RuleInput, path: Path, place: string): void {
  if (!existsSync(place)) {
    input.warn(path, `${quote(input, path, place)} does not exist; runs fail until it does`);
    return;
  }
  const what = path.join('.');
  attempt(input, path, () => checkHostPath(place, { home: input.home, what }), `${what}: `);
}
