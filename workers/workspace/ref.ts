import { fail } from '../../src/errors.ts';

/**
 * `ref` as git can be given it: a branch, tag, full reference name or commit id by the rules of `git check-ref-format`.
 * undefined (the default branch) for undefined, '' and `HEAD`. Throws PYLON_REF_INVALID.
 */
export function checkRef(ref: string | undefined): string | undefined {
  if (ref === undefined || ref === '' || ref === 'HEAD') return undefined;
  const reason = whyNotRef(ref);
  if (reason !== undefined) throw fail('PYLON_REF_INVALID', { ref: JSON.stringify(ref.slice(0, 200)), reason });
  return ref;
}

/** A full SHA-1 or SHA-256 object id. */
export const isCommitId = (ref: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(ref);

/** What may be the beginning of an object id, or a whole one. */
export const mayBeCommit = (ref: string): boolean => /^[0-9a-f]{4,64}$/i.test(ref);

const longest = 1_000;

function whyNotRef(ref: string): string | undefined {
  if (ref.length > longest) return `is longer than ${longest} characters`;
  if (ref.startsWith('-')) return 'starts with "-"';
  if (/[\p{Cc}\s~^:?*[\\\u007f]/u.test(ref)) return 'contains a space, a control character or one of ~ ^ : ? * [ \\';
  if (ref.includes('..') || ref.includes('@{') || ref === '@') return 'contains "..", "@{" or is "@"';
  if (ref.endsWith('.')) return 'ends with "."';
  const parts = ref.split('/');
  if (parts.includes('')) return 'starts or ends with "/" or contains "//"';
  if (parts.some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    return 'has a part that starts with "." or ends with ".lock"';
  }
  return undefined;
}
