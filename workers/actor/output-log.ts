/**
 * An agent's output on its way to disk: `agent.log` for people, the agent's reader for the result, and a checkpoint
 * beside them, so that a successor takes the output up exactly where the stored one ends.
 *
 * The checkpoint names the engine's position, the size of `agent.log` at that position and the reader's state. Whatever
 * was written after it is cut off again when the output is taken up, and comes anew from the engine.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
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

interface Piece {
  readonly stream: OutputChunk['stream'];
  readonly bytes: Buffer;
}

export class OutputLog {
  readonly reader: OutputReader;
  readonly #options: OutputLogOptions;
  readonly #checkpointFile: string;
  readonly #handle: number;
  readonly #masks: Readonly<Record<OutputChunk['stream'], Mask>>;
  /** Masked, but not on disk yet. */
  readonly #unstored: Piece[] = [];
  #position: string | undefined;
  #size: number;
  #leftOut: number;
  #tail: Buffer;
  #checkpointAt: number;
  #open = true;

  /** Opens the log of one run: a new one, or one that a thread before this left. */
  constructor(options: OutputLogOptions) {
    const { directory, run, secrets } = options;
    this.#options = options;
    this.#checkpointFile = path.join(directory, `output-${run}.json`);
    const saved = readCheckpoint(this.#checkpointFile);
    const flags = constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW;
    this.#handle = openSync(path.join(directory, 'agent.log'), flags, 0o600);
    // A later run of the job writes below the earlier ones.
    this.#size = saved?.logBytes ?? (run === 1 ? 0 : fstatSync(this.#handle).size);
    ftruncateSync(this.#handle, this.#size);
    this.#masks = { stdout: makeMask(secrets), stderr: makeMask(secrets) };
    this.reader = saved === undefined ? options.newReader() : options.restoreReader(saved.reader);
    this.#position = saved?.position;
    this.#leftOut = saved?.leftOut ?? 0;
    this.#tail = Buffer.from(saved?.tail ?? '', 'base64');
    this.#checkpointAt = options.clock.now();
  }

  /** The engine's position up to which all is stored; undefined at the beginning. */
  get position(): string | undefined {
    return this.#position;
  }

  /** Stores one chunk. Where the disk refuses it, it throws and keeps the chunk for `drain`. */
  write(chunk: OutputChunk): void {
    // Set first: what is not stored yet is kept in memory, and a checkpoint is only written once it is stored.
    this.#position = chunk.position;
    this.#pass(chunk.stream, this.#masks[chunk.stream].push(chunk.bytes));
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#checkpointAt) >= checkpointEvery) this.#checkpoint(chunk.position, now);
  }

  /** Stores what the disk refused before. */
  drain(): void {
    for (let next = this.#unstored[0]; next !== undefined; next = this.#unstored[0]) {
      this.#put(next.bytes);
      if (next.stream === 'stdout') this.reader.read(next.bytes);
      this.#unstored.shift();
    }
  }

  /** Writes what was held back, and the tail of what was left out, and closes the files. Once, after the last chunk. */
  finish(): void {
    if (!this.#open) return;
    this.#pass('stdout', this.#masks.stdout.flush());
    this.#pass('stderr', this.#masks.stderr.flush());
    const hidden = this.#leftOut - this.#tail.length;
    const note = hidden > 0 ? `\n[pylon: ${formatSize(hidden)} of output left out here]\n` : '';
    if (this.#leftOut > 0) writeAll(this.#handle, Buffer.concat([Buffer.from(note), this.#tail]), this.#size);
    this.close();
  }

  /** Closes the files as they are; the next `OutputLog` takes the output up. Harmless after `finish`. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#handle);
  }

  #pass(stream: OutputChunk['stream'], bytes: Buffer): void {
    if (bytes.length > 0) this.#unstored.push({ stream, bytes });
    this.drain();
  }

  #put(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(0, keptBytes - this.#size));
    writeAll(this.#handle, kept, this.#size);
    this.#size += kept.length;
    const rest = bytes.subarray(kept.length);
    if (rest.length === 0) return;
    this.#leftOut += rest.length;
    this.#tail = Buffer.concat([this.#tail, rest]).subarray(-tailBytes);
  }

  #checkpoint(position: string, now: number): void {
    // What a mask holds back is in no file yet: wait for a chunk after which nothing is held.
    if (this.#masks.stdout.holding || this.#masks.stderr.holding) return;
    const saving: Checkpoint = {
      position,
      logBytes: this.#size,
      leftOut: this.#leftOut,
      tail: this.#tail.toString('base64'),
      reader: this.reader.snapshot(),
    };
    writeFileSync(`${this.#checkpointFile}.new`, JSON.stringify(saving), { mode: 0o600 });
    renameSync(`${this.#checkpointFile}.new`, this.#checkpointFile);
    this.#checkpointAt = now;
  }
}

function writeAll(handle: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done, bytes.length - done, position + done);
}

function readCheckpoint(file: string): Checkpoint | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Checkpoint;
  } catch {
    // None yet, or one that the disk did not take whole: the output is taken from its beginning.
    return undefined;
  }
}
