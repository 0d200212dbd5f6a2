/** What the daemon's process takes. */
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import type { Resources } from './evidence.ts';

const samples = 6;
const everyMs = 300;

/** The least of some samples: what is only held until the next collection is not meant. Linux only. */
export async function measure(pid: number): Promise<Resources | undefined> {
  if (process.platform !== 'linux') return undefined;
  let least: Resources = { rssMb: Infinity, descriptors: Infinity };
  for (let sample = 0; sample < samples; sample += 1) {
    const now = sampleOf(pid);
    if (now === undefined) return undefined;
    least = {
      rssMb: Math.min(least.rssMb, now.rssMb),
      descriptors: Math.min(least.descriptors, now.descriptors),
    };
    await pause(everyMs);
  }
  return least;
}

function sampleOf(pid: number): Resources | undefined {
  try {
    const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return { rssMb: Math.round(Number(kilobytes) / 1024), descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}
