/**
 * An agent's output on its way to disk: `agent.log` for people, the agent's reader for the result, and a checkpoint
 * beside them, so that a successor takes the output up exactly where the stored one ends.
 *
 * The checkpoint names the engine's position, the size of `agent.log` at that position and the reader's state. Whatever
 * was written after it is cut off again when the output is taken up, and comes anew from the engine.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

import type { Clock } from '../../src/clock.ts';
import { formatSize } from '../../src/duration.ts';
import type { OutputReader } from '../agents/agent.ts';
import type { OutputChunk } from '../engine/engine.ts';
import { makeMask } from './mask.ts';
import type { Mask } from './mask.ts';
import { readCheckpoint, writeCheckpoint } from './output-checkpoint.ts';
import type { Checkpoint } from './output-checkpoint.ts';

/** What is kept of one run's output, from its beginning; the newest part beyond it follows as the tail. */
const keptBytes = 16 * 1024 ** 2;
const tailBytes = 256 * 1024;
const checkpointEvery = 1_000;

export interface OutputLogOptions {
  /** The job's directory. */
  readonly directory: string;
  readonly run: number;
  readonly secrets: readonly string[];
  readonly newReader: () => OutputReader;
  /** Throws where it is not a snapshot of such a reader. */
  readonly restoreReader: (snapshot: string) => OutputReader;
  readonly clock: Clock;
}

interface Piece {
  readonly stream: OutputChunk['stream'];
  readonly bytes: Buffer;
}

export class OutputLog {
  readonly reader: OutputReader;
  /** The engine's position up to which everything was stored when this was opened; undefined at the beginning. */
  readonly position: string | undefined;
  readonly #options: OutputLogOptions;
  readonly #handle: number;
  readonly #masks: Readonly<Record<OutputChunk['stream'], Mask>>;
  /** Masked, but not on disk yet. */
  readonly #unstored: Piece[] = [];
  readonly #start: number;
  #size: number;
  #leftOut: number;
  #tail: Buffer;
  #checkpointAt: number;
  #open = true;

  /** Opens the log of one run: a new one, or one that a thread before this left. Throws where the disk does not take it. */
  constructor(options: OutputLogOptions) {
    const { directory, run, secrets } = options;
    this.#options = options;
    const flags = constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW;
    this.#handle = openSync(path.join(directory, 'agent.log'), flags, 0o600);
    try {
      const { from, reader } = takeUp(options, fstatSync(this.#handle).size);
      this.reader = reader;
      this.position = from.position ?? undefined;
      this.#start = from.logStart;
      this.#size = from.logBytes;
      this.#leftOut = from.leftOut;
      this.#tail = Buffer.from(from.tail, 'base64');
      ftruncateSync(this.#handle, this.#size);
      // Where an earlier run's output ends, nothing else would tell a successor.
      if (from.position === null && run > 1) writeCheckpoint(directory, run, from);
    } catch (error) {
      closeSync(this.#handle);
      throw error;
    }
    this.#masks = { stdout: makeMask(secrets), stderr: makeMask(secrets) };
    this.#checkpointAt = options.clock.now();
  }

  /** Stores one chunk. Where the disk refuses it, it throws and keeps the chunk for `drain`. */
  write(chunk: OutputChunk): void {
    this.#pass(chunk.stream, this.#masks[chunk.stream].push(chunk.bytes));
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#checkpointAt) >= checkpointEvery) this.#checkpoint(chunk.position, now);
  }

  /** Stores what the disk refused before. */
  drain(): void {
    for (let next = this.#unstored[0]; next !== undefined; next = this.#unstored[0]) {
      this.#put(next.bytes);
      this.reader.read(next.bytes, next.stream);
      this.#unstored.shift();
    }
  }

  /**
   * Writes what was held back, and the tail of what was left out, and closes the files: after the last chunk. Where the
   * disk refuses it, it throws and can be called again.
   */
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
    const kept = bytes.subarray(0, Math.max(0, this.#start + keptBytes - this.#size));
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
    writeCheckpoint(this.#options.directory, this.#options.run, {
      position,
      logStart: this.#start,
      logBytes: this.#size,
      leftOut: this.#leftOut,
      tail: this.#tail.toString('base64'),
      reader: this.reader.snapshot(),
    });
    this.#checkpointAt = now;
  }
}

/** Where to go on, with a log that is `size` bytes long now. */
function takeUp(options: OutputLogOptions, size: number): { from: Checkpoint; reader: OutputReader } {
  const saved = readCheckpoint(options.directory, options.run);
  // A power cut can take bytes of the log that were there when the checkpoint was written.
  if (saved !== undefined && saved.logBytes <= size) {
    try {
      return { from: saved, reader: saved.reader === null ? options.newReader() : options.restoreReader(saved.reader) };
    } catch {
      // Damaged: the engine has the output from its beginning.
    }
  }
  // A later run of the job writes below the earlier ones.
  const logStart = Math.min(size, saved?.logStart ?? (options.run === 1 ? 0 : size));
  const from = { position: null, logStart, logBytes: logStart, leftOut: 0, tail: '', reader: null };
  return { from, reader: options.newReader() };
}

function writeAll(handle: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done, bytes.length - done, position + done);
}
