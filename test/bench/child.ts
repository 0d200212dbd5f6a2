/** Processes that a benchmark starts, and that end with it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The line that showed that it was ready, and when that was (`performance.now()`). */
  readonly line: string;
  readonly at: number;
  /** Ends it, and resolves when it is gone. Twice is fine. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

const patienceMs = 60_000;

/** Starts a program and waits for a line of its output that matches `ready`, or for the start itself where none is given. */
export async function startChild(
  program: string,
  args: readonly string[],
  ready?: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  try {
    if (ready === undefined) await once(child, 'spawn');
    const seen = ready === undefined ? undefined : await firstLine(child, ready, program);
    const { line, at } = seen ?? { line: '', at: performance.now() };
    return { process: child, pid: child.pid ?? 0, line, at, end };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
}

function firstLine(child: ChildProcess, ready: RegExp, program: string): Promise<{ line: string; at: number }> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (why: string): void => reject(new Error(`${program} ${why}:\n${output}`));
    const timer = setTimeout(() => fail('was not ready within a minute'), patienceMs);
    const onData = (text: string): void => {
      output = (output + text).slice(-100_000);
      // The last one may still be on its way.
      const line = output
        .split('\n')
        .slice(0, -1)
        .find((each) => ready.test(each));
      if (line === undefined) return;
      clearTimeout(timer);
      resolve({ line, at: performance.now() });
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onData);
    child.on('error', reject).on('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
  });
}
