import { readFileSync } from 'node:fs';

/** What a process has of the machine's memory, its share of what others use as well (PSS), in MB of 10^6 bytes. */
export function processMemory(pid: number): number {
  const kib = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}
