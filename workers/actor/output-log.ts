/**
 * An agent's output on its way to disk: `agent.log` for people, the agent's reader for the result, and a checkpoint
 * beside them, so that a successor takes the output up exactly where the stored one ends.
 *
 * The checkpoint names the engine's position, the size of `agent.log` at that position and the reader's state. Whatever
 * was written after it is cut off again when the output is taken up, and comes anew from the engine.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

import type { Clock } from '../../src/clock.ts';
import { formatSize } from '../../src/duration.ts';
import type { OutputReader } from '../agents/agent.ts';
import type { OutputChunk } from '../engine/engine.ts';
import { makeMask } from './mask.ts';
import type { Mask } from './mask.ts';

/** What is kept of one run's output, from its beginning; the newest part beyond it follows as the tail. */
const keptBytes = 16 * 1024 ** 2;
const tailBytes = 256 * 1024;
const checkpointEvery = 1_000;

export interface OutputLog {
  /** The engine's position up to which all is stored; undefined at the beginning. */
  readonly position: string | undefined;
  readonly reader: OutputReader;
  /** Stores one chunk. Where the disk refuses it, it throws and keeps the chunk for `drain`. */
  write(chunk: OutputChunk): void;
  /** Stores what the disk refused before. */
  drain(): void;
  /** Writes what was held back, and the tail of what was left out, and closes the files. Once, after the last chunk. */
  finish(): void;
  /** Closes the files as they are; the next `openOutputLog` takes the output up. Harmless after `finish`. */
  close(): void;
}

interface Checkpoint {
  readonly position: string;
  readonly logBytes: number;
  readonly leftOut: number;
  readonly tail: string;
  readonly reader: string;
}

export interface OutputLogOptions {
  /** The job's directory. */
  readonly directory: string;
  readonly run: number;
  readonly secrets: readonly string[];
  readonly newReader: () => OutputReader;
  readonly restoreReader: (snapshot: string) => OutputReader;
  readonly clock: Clock;
}

/** Opens the log of one run: a new one, or one that a thread before this left. */
export function openOutputLog(options: OutputLogOptions): OutputLog {
  const { directory, run, clock } = options;
  const file = path.join(directory, 'agent.log');
  const checkpointFile = path.join(directory, `output-${run}.json`);
  const handle = openSync(file, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
  const saved = readCheckpoint(checkpointFile);
  const start = saved?.logBytes ?? (run === 1 ? 0 : fstatSync(handle).size);
  ftruncateSync(handle, start);

  const masks: Record<OutputChunk['stream'], Mask> = { stdout: makeMask(options.secrets), stderr: makeMask(options.secrets) };
  const reader = saved === undefined ? options.newReader() : options.restoreReader(saved.reader);
  const state = { position: saved?.position, size: start, leftOut: saved?.leftOut ?? 0, tail: Buffer.from(saved?.tail ?? '', 'base64') };
  let checkpointAt = clock.now();
  let open = true;

  const put = (bytes: Buffer): void => {
    const room = Math.max(0, keptBytes - state.size);
    const kept = bytes.subarray(0, room);
    for (let done = 0; done < kept.length; ) done += writeSync(handle, kept, done, kept.length - done, state.size + done);
    state.size += kept.length;
    const rest = bytes.subarray(kept.length);
    if (rest.length === 0) return;
    state.leftOut += rest.length;
    state.tail = Buffer.concat([state.tail, rest]).subarray(-tailBytes);
  };
  const unstored: { readonly stream: OutputChunk['stream']; readonly bytes: Buffer }[] = [];
  const drain = (): void => {
    for (let next = unstored[0]; next !== undefined; next = unstored[0]) {
      put(next.bytes);
      if (next.stream === 'stdout') reader.read(next.bytes);
      unstored.shift();
    }
  };
  const pass = (stream: OutputChunk['stream'], bytes: Buffer): void => {
    if (bytes.length > 0) unstored.push({ stream, bytes });
    drain();
  };
  const checkpoint = (position: string): void => {
    // What a mask holds back is in no file yet: wait for a chunk after which nothing is held.
    if (masks.stdout.holding || masks.stderr.holding) return;
    const saving: Checkpoint = {
      position,
      logBytes: state.size,
      leftOut: state.leftOut,
      tail: state.tail.toString('base64'),
      reader: reader.snapshot(),
    };
    writeFileSync(`${checkpointFile}.new`, JSON.stringify(saving), { mode: 0o600 });
    renameSync(`${checkpointFile}.new`, checkpointFile);
    checkpointAt = clock.now();
  };

  return {
    get position() {
      return state.position;
    },
    reader,
    drain,
    write(chunk) {
      // Set first: what is not stored yet is kept in memory, and a checkpoint is only written once it is stored.
      state.position = chunk.position;
      pass(chunk.stream, masks[chunk.stream].push(chunk.bytes));
      const now = clock.now();
      if (Math.abs(now - checkpointAt) >= checkpointEvery) checkpoint(chunk.position);
    },
    finish() {
      if (!open) return;
      pass('stdout', masks.stdout.flush());
      pass('stderr', masks.stderr.flush());
      const hidden = state.leftOut - state.tail.length;
      if (state.leftOut > 0) {
        const note = hidden > 0 ? `\n[pylon: ${formatSize(hidden)} of output left out here]\n` : '';
        writeSync(handle, Buffer.concat([Buffer.from(note), state.tail]), 0, undefined, state.size);
      }
      this.close();
    },
    close() {
      if (!open) return;
      open = false;
      closeSync(handle);
    },
  };
}

function readCheckpoint(file: string): Checkpoint | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Checkpoint;
  } catch {
    // None yet, or one that the disk did not take whole: the output is taken from its beginning.
    return undefined;
  }
}
