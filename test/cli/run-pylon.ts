/** Runs the real command as a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const mainFile = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `pylon args…` on `home`, with nothing but PATH, HOME and `extra` in its environment. */
export function runPylon(home: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const environment = { PATH: process.env['PATH'], HOME: home, PYLON_HOME: home, ...extra };
  return ranProcess(process.execPath, [mainFile, ...args], environment);
}

/** The same on a terminal of `columns` columns; standard error goes to the terminal as well. */
export function runPylonOnTerminal(
  home: string,
  args: readonly string[],
  columns: number,
  extra: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const line = [process.execPath, mainFile, ...args].map((word) => `'${word}'`).join(' ');
  const environment = { PATH: process.env['PATH'], HOME: home, PYLON_HOME: home, TERM: 'xterm', ...extra };
  return ranProcess('script', ['-qefc', `stty cols ${columns}; ${line}`, '/dev/null'], environment);
}

function ranProcess(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
