/** A steady stream of events from a process of its own. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

export interface SteadyLoad {
  readonly sent: number;
  /** How many were answered with which status; 0 is none. Refusals while the connections were opened are among them. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Milliseconds from when the event was due. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export async function steadyLoad(url: string, perSecond: number, seconds: number): Promise<SteadyLoad> {
  const script = path.join(import.meta.dirname, 'steady-sender.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, url, `${perSecond}`, `${seconds}`]);
  return JSON.parse(stdout) as SteadyLoad;
}

/** Throws where any event was not accepted. */
export function demandAccepted({ statuses }: SteadyLoad): void {
  if (Object.keys(statuses).some((status) => status !== '202'))
    throw new Error(`not all events were accepted: ${JSON.stringify(statuses)}`);
}
