/**
 * Reads the engine's log stream: frames of an 8-byte header (stream, three zeros, length) and one log message, which
 * begins with its RFC 3339 time and a blank.
 */
import type { OutputChunk } from './engine.ts';
import { formatPosition, type Place, type Places, type StreamName } from './output-position.ts';

export interface LogFrames {
  /** Takes the next bytes from the connection and gives the output in them, neighbours of one stream joined. */
  push(bytes: Uint8Array): OutputChunk[];
  /** The place after everything given so far. */
  places(): Places;
}

const headerLength = 8;
/** Messages are 16 KiB and their time; a longer one means that this is no such stream. */
const longestFrame = 16 * 1024 * 1024;
const streamNames: Readonly<Record<number, StreamName>> = { 1: 'stdout', 2: 'stderr' };

/** A reader for a stream that starts at or before `from`: what `from` says was seen is dropped. Throws on a malformed stream. */
export function logFrames(from: Places): LogFrames {
  let rest: Buffer = Buffer.alloc(0);
  let places = from;
  const fresh = { stdout: skipSeen(from.stdout), stderr: skipSeen(from.stderr) };
  return {
    places: () => places,
    push(bytes) {
      rest =
        rest.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([rest, bytes]);
      const pieces: Piece[] = [];
      let at = 0;
      for (let end = frameEnd(rest, at); end !== undefined && end <= rest.length; end = frameEnd(rest, at)) {
        const frame = readFrame(rest.subarray(at, end));
        at = end;
        if (!fresh[frame.stream](frame.time)) continue;
        const last = places[frame.stream];
        places = { ...places, [frame.stream]: after(last, frame) };
        addPiece(pieces, frame, last, places);
      }
      rest = rest.subarray(at);
      return pieces.map(({ stream, parts, at: seen }) => ({
        stream,
        bytes: Buffer.concat(parts),
        position: formatPosition(seen),
      }));
    },
  };
}

interface Frame {
  readonly stream: StreamName;
  readonly time: string;
  readonly bytes: Buffer;
}

interface Piece {
  readonly stream: StreamName;
  readonly parts: Buffer[];
  at: Places;
}

const newline = Buffer.from('\n');

function addPiece(pieces: Piece[], frame: Frame, last: Place | undefined, at: Places): void {
  let piece = pieces.at(-1);
  if (piece?.stream !== frame.stream) {
    piece = { stream: frame.stream, parts: [], at };
    pieces.push(piece);
  }
  // All pieces of one line bear one time. Some engines lose the newline after a line's last piece.
  if (last?.open === true && last.time !== frame.time) piece.parts.push(newline);
  piece.parts.push(frame.bytes);
  piece.at = at;
}

function after(last: Place | undefined, frame: Frame): Place {
  const count = last?.time === frame.time ? last.count + 1 : 1;
  return { time: frame.time, count, open: frame.bytes.at(-1) !== 0x0a };
}

/** Whether a message is beyond `seen`. Only the beginning is skipped: later the system's clock may be set back. */
function skipSeen(seen: Place | undefined): (time: string) => boolean {
  let left = seen?.count ?? 0;
  let skipping = seen !== undefined;
  return (time) => {
    if (!skipping || seen === undefined) return true;
    if (time < seen.time) return false;
    if (time === seen.time && left > 0) {
      left -= 1;
      return false;
    }
    skipping = false;
    return true;
  };
}

/** Where the frame that begins at `start` ends, or undefined while its header is incomplete. */
function frameEnd(buffer: Buffer, start: number): number | undefined {
  if (buffer.length - start < headerLength) return undefined;
  const length = buffer.readUInt32BE(start + 4);
  if (length > longestFrame) throw new Error(`a log message of ${length} bytes`);
  return start + headerLength + length;
}

function readFrame(frame: Buffer): Frame {
  const body = frame.subarray(headerLength);
  const stream = streamNames[frame[0] ?? 0];
  // Stream 3 carries the engine's own trouble with reading the log.
  if (stream === undefined) throw new Error(`the engine could not read the log: ${body.toString('utf8').trim()}`);
  const blank = body.indexOf(0x20);
  return { stream, time: parseTime(body.toString('latin1', 0, Math.max(0, blank))), bytes: body.subarray(blank + 1) };
}

function parseTime(text: string): string {
  const [, whole, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  if (whole === undefined || zone === undefined)
    throw new Error(`a log message without its time: "${text.slice(0, 40)}"`);
  const seconds = String(Date.parse(`${whole}${zone}`) / 1000).padStart(10, '0');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
