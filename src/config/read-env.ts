/** A `.env` file, with what is wrong with it as problems. */
import { readEnvFile } from '../env-file.ts';
import { UnusableFile } from '../regular-file.ts';
import type { Problem } from './problem.ts';

export interface ReadEnv {
  readonly values: Readonly<Record<string, string>>;
  /** The file cannot be used at all. */
  readonly problems: readonly Problem[];
  /** Lines that set nothing. */
  readonly warnings: readonly Problem[];
}

/** A file that does not exist sets nothing. */
export function readEnv(file: string): ReadEnv {
  try {
    const { values, faults } = readEnvFile(file);
    const warnings = faults.map(({ line, message }) => ({ file, line, message: `this line sets nothing: ${message}` }));
    return { values, problems: [], warnings };
  } catch (thrown) {
    if (!(thrown instanceof UnusableFile)) throw thrown;
    return { values: {}, problems: [{ file, message: thrown.message }], warnings: [] };
  }
}
