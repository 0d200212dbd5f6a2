/** The daemon of a chaos run, started again whenever it dies, as a service manager would. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { Span } from './evidence.ts';

export interface DaemonLife {
  readonly downtimes: readonly Span[];
  /** What went wrong with its starts and stops, in words. */
  readonly remarks: readonly string[];
  pid(): number;
  /** One at a time: whatever starts, ends or suspends the daemon, or needs it to stay. */
  exclusively<Result>(work: (hands: DaemonHands) => Promise<Result>): Promise<Result>;
}

export interface DaemonHands {
  /** Until it listens; tried again as long as it ends by itself. */
  start(): Promise<void>;
  /** One try that may fail: the exit code and what it printed, or undefined where it listens. */
  tryStart(): Promise<{ readonly code: number | null; readonly output: string } | undefined>;
  /** Resolves with the exit code once it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  suspend(ms: number): Promise<void>;
  /** Does what makes the running process itself stop listening for a while. */
  away<Result>(work: () => Promise<Result>): Promise<Result>;
}

export interface DaemonLifeOptions {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Everything that it writes is added to this file. */
  readonly log: string;
}

const program = path.join(import.meta.dirname, 'daemon', 'chaos-daemon.js');
const startPatienceMs = 90_000;
const retryMs = 500;
/** What `pylon stop` promises, and a little for the machine. */
const stopLimitMs = 11_000;

export function makeDaemonLife(options: DaemonLifeOptions): DaemonLife {
  const downtimes: { from: number; to: number }[] = [];
  const remarks: string[] = [];
  let child: ChildProcess | undefined;
  let expected = false;
  let turn: Promise<unknown> = Promise.resolve();
  const isUp = (): boolean => child?.exitCode === null && child.signalCode === null;
  const down = (): void => {
    if (downtimes.at(-1)?.to !== Infinity) downtimes.push({ from: Date.now(), to: Infinity });
  };
  const up = (): void => {
    const last = downtimes.at(-1);
    if (last?.to === Infinity) last.to = Date.now();
  };

  const tryStart = async (): ReturnType<DaemonHands['tryStart']> => {
    down();
    expected = false;
    const started = spawn(process.execPath, [program, options.home], {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-100_000);
        appendFileSync(options.log, text);
      });
    }
    started.on('exit', (code, signal) => {
      appendFileSync(options.log, `-- ${new Date().toISOString()} exit ${String(code)} ${String(signal)}\n`);
      down();
      if (!expected && /listening on /.test(output)) void life.exclusively((hands) => hands.start());
    });
    appendFileSync(options.log, `-- ${new Date().toISOString()} start ${started.pid}\n`);
    const deadline = Date.now() + startPatienceMs;
    while (!/listening on /.test(output)) {
      if (!isUp()) return { code: started.exitCode, output };
      if (Date.now() > deadline) {
        remarks.push(`the daemon did not listen within ${startPatienceMs / 1_000} s of its start`);
        await hands.end('SIGKILL');
        return { code: null, output };
      }
      await pause(20);
    }
    up();
    return undefined;
  };

  const hands: DaemonHands = {
    tryStart,
    async start() {
      if (isUp()) return;
      const deadline = Date.now() + startPatienceMs;
      for (;;) {
        const failed = await tryStart();
        if (failed === undefined) return;
        appendFileSync(options.log, `-- the start failed with ${failed.code}\n`);
        if (Date.now() > deadline) throw new Error(`the daemon does not start any more:\n${failed.output}`);
        await pause(retryMs);
      }
    },
    async end(signal) {
      expected = true;
      if (!isUp() || child === undefined) return child?.exitCode ?? null;
      down();
      const began = Date.now();
      const exited = once(child, 'exit');
      child.kill(signal);
      const late = setTimeout(() => {
        remarks.push(`the daemon did not end within ${stopLimitMs / 1_000} s of ${signal}`);
      }, stopLimitMs);
      await exited;
      clearTimeout(late);
      const { exitCode, signalCode } = child;
      const asPlanned = signal === 'SIGKILL' || exitCode === 0 || signalCode === 'SIGKILL';
      if (!asPlanned) remarks.push(`the daemon ended with ${exitCode ?? signalCode} after ${Date.now() - began} ms`);
      return exitCode;
    },
    async suspend(ms) {
      if (!isUp()) return;
      down();
      child?.kill('SIGSTOP');
      await pause(ms);
      child?.kill('SIGCONT');
      up();
    },
    async away(work) {
      down();
      try {
        return await work();
      } finally {
        if (isUp()) up();
      }
    },
  };

  const life: DaemonLife = {
    downtimes,
    remarks,
    pid: () => child?.pid ?? 0,
    exclusively(work) {
      const next = turn.then(() => work(hands));
      turn = next.catch(() => undefined);
      return next;
    },
  };
  return life;
}
