import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';

/**
 * The absolute path of `program`: a name is looked for in `searchPath` (as PATH), one with a slash is taken from `cwd`.
 * Rejects with a system error: ENOENT where there is none, EACCES where it is not executable.
 */
export async function findProgram(program: string, searchPath: string, cwd: string): Promise<string> {
  const candidates = program.includes('/')
    ? [resolve(cwd, program)]
    : searchPath
        .split(delimiter)
        .filter((directory) => directory !== '')
        .map((directory) => resolve(cwd, directory, program));
  let code = 'ENOENT';
  for (const candidate of candidates) {
    const problem = await whyNotExecutable(candidate);
    if (problem === undefined) return candidate;
    if (problem === 'EACCES') code = problem;
  }
  const what = code === 'EACCES' ? 'may not be executed' : 'was not found';
  throw Object.assign(new Error(`the program "${program}" ${what}`), { code });
}

async function whyNotExecutable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile() ? undefined : 'EACCES';
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? 'ENOENT';
  }
}
