/** One thing that is wrong with a settings file. */
import { escapeControls } from '../log.ts';

export interface Problem {
  /** Absolute path. */
  readonly file: string;
  /** From 1; absent where the file as a whole is meant. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** Dotted path in that file: `agent.env.TOKEN`, `trigger.secret[0]`. */
  readonly key?: string;
  /** What was found, what was expected; never a secret. */
  readonly message: string;
}

/** `file:line: key: message`; the file is shown relative to `home` where it lies inside. */
export function formatProblem(problem: Problem, home?: string): string {
  const inside = home !== undefined && problem.file.startsWith(`${home}/`);
  const file = inside ? problem.file.slice((home ?? '').length + 1) : problem.file;
  const place = [file, problem.line, problem.line === undefined ? undefined : problem.column];
  const parts = [place.filter((part) => part !== undefined).join(':'), problem.key, problem.message];
  return parts
    .filter((part) => part !== undefined)
    .map((part) => escapeControls(part))
    .join(': ');
}

/** A file that is wrong throughout need not be told so line by line. */
export const mostProblems = 100;

/** In the order of the files' lines; a hundred at the most, and one that says that there are more. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const sorted = problems.toSorted(
    (left, right) =>
      left.file.localeCompare(right.file) ||
      (left.line ?? 0) - (right.line ?? 0) ||
      (left.column ?? 0) - (right.column ?? 0),
  );
  const shown = sorted.slice(0, mostProblems);
  const next = sorted[mostProblems];
  return next === undefined ? shown : [...shown, { file: next.file, message: 'there is more that is wrong' }];
}
