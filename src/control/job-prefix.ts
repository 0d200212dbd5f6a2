/** Commands take any unambiguous beginning of a job's id. */
import { fail } from '../errors.ts';

/** `text` as a possible beginning of a job's id, in lower case; throws PYLON_UNKNOWN_JOB where it cannot be one. */
export function jobPrefix(text: string): string {
  if (!/^[0-9a-f-]{1,36}$/i.test(text)) throw fail('PYLON_UNKNOWN_JOB', { id: text });
  return text.toLowerCase();
}
