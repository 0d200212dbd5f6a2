/** Waits for what a daemon was asked to do to itself. */
import { readFileSync } from 'node:fs';

import { sleep, systemClock } from '../clock.ts';
import { controlClient } from '../control/client.ts';
import type { DaemonStatus } from '../control/daemon-view.ts';
import { fail, PylonError } from '../errors.ts';

/** Resolves once that daemon's process has ended and its home is free; rejects with PYLON_STILL_RUNNING. */
export async function untilGone(home: string, before: DaemonStatus): Promise<void> {
  await until(home, before, 'stop', async () => {
    const now = await statusOf(home);
    return (now === undefined || now.pid !== before.pid) && hasEnded(before.pid) ? true : undefined;
  });
}

/**
 * Resolves with the status of the daemon that took the place of `before`, once it listens (or, where that takes long, as
 * when it makes images, before it does); rejects with PYLON_RESTART_FAILED where the old
 * one has ended and none comes, or PYLON_STILL_RUNNING.
 */
export function untilReplaced(home: string, before: DaemonStatus): Promise<DaemonStatus> {
  let missingSince: number | undefined;
  let replacedAt: number | undefined;
  return until(home, before, 'restart', async () => {
    const now = await statusOf(home);
    if (now !== undefined) {
      if (now.pid === before.pid && now.started_at === before.started_at) return undefined;
      replacedAt ??= Date.now();
      return now.address !== null || Date.now() - replacedAt > listensWithin ? now : undefined;
    }
    missingSince = hasEnded(before.pid) ? (missingSince ?? Date.now()) : undefined;
    if (missingSince !== undefined && Date.now() - missingSince > comesBackWithin)
      throw fail('PYLON_RESTART_FAILED', { home });
    return undefined;
  });
}

/** How long a listener is waited for; ms. */
const listensWithin = 5_000;

/** A service manager starts a daemon that failed again after a few seconds; ms. */
const comesBackWithin = 8_000;

/** A stop takes 10 s at most as a rule; a start needs its databases and workers after that. ms */
const longestWait = 30_000;
const askEvery = 100;

async function until<Found>(
  home: string,
  before: DaemonStatus,
  what: string,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const deadline = Date.now() + longestWait;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(systemClock, askEvery);
  }
  throw fail('PYLON_STILL_RUNNING', { home, pid: before.pid, what, seconds: longestWait / 1_000 });
}

/** undefined where nobody answers, or somebody does so while going away. */
async function statusOf(home: string): Promise<DaemonStatus | undefined> {
  try {
    return await controlClient(home).status();
  } catch (error) {
    if (error instanceof PylonError && ['PYLON_NOT_RUNNING', 'PYLON_DAEMON_LEFT'].includes(error.code))
      return undefined;
    throw error;
  }
}

function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the number already belongs to a process of somebody else.
    return error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM');
  }
  return isZombie(pid);
}

/** An ended process that its parent has not looked at yet still takes signals. */
function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
