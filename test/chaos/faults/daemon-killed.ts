/** SIGKILL; what is found then (lock directories, hot journals) is left as it is, and something may happen to it first. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { DaemonHands } from '../daemon-life.ts';
import type { Stage } from '../stage.ts';
import type { ActionOf, FaultContext, Hit } from './fault.ts';

export async function killDaemon(context: FaultContext, { between }: ActionOf<'daemon-killed'>): Promise<Hit> {
  const { stage, remark } = context;
  return stage.daemon.exclusively(async (hands) => {
    await hands.end('SIGKILL');
    const database = path.join(stage.pylonDirectory('calm'), 'jobs.db');
    switch (between) {
      case 'nothing':
        await hands.start();
        break;
      case 'native-read': {
        const { stdout, stderr } = spawnSync('sqlite3', [database, 'PRAGMA integrity_check'], { encoding: 'utf8' });
        if (stdout.trim() !== 'ok') remark(`after a SIGKILL sqlite3 says of a database: ${stdout}${stderr}`);
        await hands.start();
        break;
      }
      case 'native-lock':
        await startBehindLock(database, hands);
        break;
      case 'read-only':
        if (stage.ownDisk) await startOnReadOnly(stage, hands, remark);
        await hands.start();
    }
    return {};
  });
}

const lockedMs = 2_000;

/** `start` waits for somebody who has a transaction open in the database. */
async function startBehindLock(database: string, hands: DaemonHands): Promise<void> {
  const shell = spawn('sqlite3', [database], { stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = once(shell, 'exit');
  shell.stdin.write('BEGIN EXCLUSIVE;\n');
  // Long enough for the shell to have the lock; if it has not, the start is an ordinary one.
  await pause(200);
  const over = pause(lockedMs).then(() => shell.stdin.end('COMMIT;\n.quit\n'));
  await hands.start();
  await over;
  await exited;
}

const readOnlyMs = 8_000;

/** A start must say what is wrong, and change nothing. */
async function startOnReadOnly(stage: Stage, hands: DaemonHands, remark: (what: string) => void): Promise<void> {
  execFileSync('mount', ['-o', 'remount,bind,ro', stage.home]);
  try {
    const ended = await Promise.race([hands.tryStart(), pause(readOnlyMs, 'late' as const)]);
    if (ended === 'late' || ended === undefined) {
      await hands.end('SIGKILL');
    } else if (ended.code !== 1 || /PYLON_INTERNAL|inside Pylon|\n\s+at /.test(ended.output)) {
      remark(`on a read-only home the start ends with ${ended.code} and says: ${ended.output.trim()}`);
    }
  } finally {
    execFileSync('mount', ['-o', 'remount,bind,rw', stage.home]);
  }
}
