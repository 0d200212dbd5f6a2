/**
 * Starts a program as the leader of a process group of its own that cannot outlast this thread, nor this process.
 *
 * The group has a second member, a watcher: a shell that ignores every polite signal and reads a pipe whose other end
 * only this thread holds. When the thread is terminated, crashes or runs out of heap, or when the whole process is
 * killed with SIGKILL, the system closes our end, the watcher reads end-of-file and kills the group. Nobody has to be
 * alive to clean up. A program that starts a session of its own (setsid) leaves the group and escapes this.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

import { systemClock, type Clock } from '../../src/clock.ts';
import { findProgram } from './find-program.ts';

/** Told which process groups are alive, so that somebody outside this thread knows them as well. */
export interface GroupRegister {
  /** `pid` is the leader's process id and the group's: `process.kill(-pid, …)` reaches all of it. */
  started(pid: number): void;
  ended(pid: number): void;
}

export interface GroupCommand {
  /** Program (a path, or a name looked up in `env.PATH`) and its arguments. No shell reads them. */
  readonly argv: readonly [program: string, ...args: string[]];
  readonly cwd: string;
  /** The whole environment. Names that are not valid in a shell may be dropped on the way. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether `stdin` is a pipe; else the program reads end-of-file. */
  readonly input?: boolean;
  readonly group: GroupRegister;
  readonly clock?: Clock;
}

export interface GroupExit {
  /** 0–255, or null where a signal ended the leader. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface GroupProcess {
  /** The leader's process id, which is also the group's. */
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Resolves when the leader has ended and whatever was left in the group was killed. What it printed may still wait in
   * `stdout` and `stderr`; they end by themselves unless a program that left the group holds them open.
   */
  readonly exited: Promise<GroupExit>;
  /** Signals the whole group. Harmless once it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM to the group, SIGKILL after `graceMs` where the leader still runs; resolves when it has ended. Twice is fine. */
  stop(graceMs: number): Promise<GroupExit>;
}

/**
 * Resolves once the program was started. Rejects with a system error (`code`: ENOENT, EACCES, EAGAIN …) where the program
 * or the working directory is missing or the system refuses to start anything.
 */
export async function startInGroup(command: GroupCommand): Promise<GroupProcess> {
  const [program, ...args] = command.argv;
  const path = await findProgram(program, command.env['PATH'] ?? '', command.cwd);
  const child = spawn('/bin/sh', ['-c', guard, 'sh', path, ...args], {
    cwd: command.cwd,
    env: command.env,
    detached: true,
    stdio: [command.input === true ? 'pipe' : 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  // The other end of the watcher's pipe resets when the group is killed; that is no news.
  child.stdio[3]?.on('error', () => undefined);
  await once(child, 'spawn');
  return groupOf(child, command);
}

/**
 * $1 … is the program. The watcher is forked twice so that the program has no child that it did not start, and ignores
 * signals before the program begins. It keeps none of the program's streams, and the program does not get its pipe.
 */
const guard = `
( trap '' HUP INT QUIT TERM PIPE USR1 USR2 ALRM TSTP TTIN TTOU
  { while read -r _; do :; done; kill -s KILL 0; } <&3 & ) </dev/null >/dev/null 2>&1
exec 3<&-
exec "$@"
`;

function groupOf(child: ChildProcess, { group, clock = systemClock }: GroupCommand): GroupProcess {
  const { pid, stdin, stdout, stderr } = child;
  if (pid === undefined || stdout === null || stderr === null) throw new Error('the process was started without pipes');
  let alive = true;
  const kill = (signal: NodeJS.Signals): void => {
    if (alive) signalGroup(pid, signal);
  };
  group.started(pid);
  const exited = new Promise<GroupExit>((resolve) => {
    child.once('exit', (code, signal) => {
      // The watcher still holds the group's number, so it cannot be somebody else's yet.
      kill('SIGKILL');
      alive = false;
      child.stdio[3]?.destroy();
      group.ended(pid);
      resolve({ code, signal });
    });
  });
  const stop = async (graceMs: number): Promise<GroupExit> => {
    kill('SIGTERM');
    const timer = clock.after(graceMs, () => kill('SIGKILL'));
    try {
      return await exited;
    } finally {
      timer.cancel();
    }
  };
  return { pid, stdin, stdout, stderr, exited, kill, stop };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (thrown) {
    // EPERM: all that is left belongs to another user (macOS says so for zombies too).
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw thrown;
  }
}
