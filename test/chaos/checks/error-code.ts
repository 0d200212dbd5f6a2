/** Which error of the catalogue a sentence is. */
import { catalogue } from '../../../src/errors.ts';
import type { ErrorCode } from '../../../src/errors.ts';

/** What a job's error can be besides a sentence of the catalogue. */
export type Reason = ErrorCode | 'exit' | 'removed';

export function reasonOfError(text: string): Reason | undefined {
  if (text.startsWith('The command exited with code 137')) return 'exit';
  if (text.startsWith('Its pylon was removed.')) return 'removed';
  return sentences.find(({ form }) => form.test(text))?.code;
}

const sentences = Object.entries(catalogue)
  // A sentence that is nothing but a placeholder fits everything.
  .filter(([, { text }]) => !/^\{\w+\}$/.test(text))
  .map(([code, { text }]) => ({ code: code as ErrorCode, form: formOf(text), length: text.length }))
  // Where one fits another's placeholder, the longer one says more.
  .toSorted((left, right) => right.length - left.length);

function formOf(text: string): RegExp {
  const escaped = text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\{\w+\}/g, '[^]*')}$`);
}
