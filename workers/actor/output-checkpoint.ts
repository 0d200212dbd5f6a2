/** How far a run's output was stored, on disk beside it, for whoever goes on after this thread. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Checkpoint {
  /** The engine's; null: nothing of this run is stored yet. */
  readonly position: string | null;
  /** The size of `agent.log` before this run wrote to it, and at `position`. */
  readonly logStart: number;
  readonly logBytes: number;
  /** How much did not fit into the log, and the end of that (base64). */
  readonly leftOut: number;
  readonly tail: string;
  /** The state of the agent's reader; null: a new one. */
  readonly reader: string | null;
}

/** The checkpoint of one run, or undefined where there is none, or one that the disk did not take whole. */
export function readCheckpoint(directory: string, run: number): Checkpoint | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(fileOf(directory, run), 'utf8'));
    return isCheckpoint(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

export function writeCheckpoint(directory: string, run: number, checkpoint: Checkpoint): void {
  const file = fileOf(directory, run);
  writeFileSync(`${file}.new`, JSON.stringify(checkpoint), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Once the run's end is stored, nobody goes on from it. Harmless where there is none. */
export function removeCheckpoint(directory: string, run: number): void {
  const file = fileOf(directory, run);
  for (const each of [file, `${file}.new`]) rmSync(each, { force: true });
}

const fileOf = (directory: string, run: number): string => path.join(directory, `output-${run}.json`);

function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== 'object' || value === null) return false;
  const { position, logStart, logBytes, leftOut, tail, reader }: Partial<Record<keyof Checkpoint, unknown>> = value;
  const sizes = [logStart, logBytes, leftOut].every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
  const texts = [position, reader].every((text) => text === null || typeof text === 'string');
  return sizes && texts && typeof tail === 'string';
}
