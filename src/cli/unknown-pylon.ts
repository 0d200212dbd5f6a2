/** The error for a name that no pylon of the home has. */
import type { PylonError } from '../errors.ts';
import { fail } from '../errors.ts';

export function unknownPylon(home: string, name: string, names: readonly string[]): PylonError {
  const known = names.length === 0 ? 'There are none yet.' : `There are: ${names.join(', ')}.`;
  return fail('PYLON_UNKNOWN_PYLON', { name, home, known });
}
