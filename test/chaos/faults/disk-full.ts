import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { ActionOf, FaultContext, Hit } from './fault.ts';

const againEveryMs = 100;

/** Fills the home's disk to the last byte, and what becomes free meanwhile as well. */
export async function fillDisk({ stage }: FaultContext, { ms }: ActionOf<'disk-full'>): Promise<Hit> {
  if (!stage.ownDisk) return { missed: true };
  const file = path.join(stage.home, 'filler');
  const handle = openSync(file, 'a');
  try {
    for (const until = Date.now() + ms; Date.now() < until; await pause(againEveryMs)) fill(handle);
  } finally {
    closeSync(handle);
    rmSync(file);
  }
  return {};
}

function fill(handle: number): void {
  for (let size = 1024 * 1024; size >= 512; size /= 2) {
    const block = Buffer.alloc(size);
    try {
      while (writeSync(handle, block) === size);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}
