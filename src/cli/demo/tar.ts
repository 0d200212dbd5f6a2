/** Writes tar archives (POSIX ustar): directories and files that belong to root and that everybody may read. */
import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';

export interface TarEntry {
  /** Absolute path inside. */
  readonly path: string;
  readonly mode: number;
  /** The file on this machine whose content it gets; a directory where there is none. */
  readonly source?: string;
}

/** The archive as a stream, which fails where a source cannot be read. A directory must come before what is in it. */
export function tarOf(entries: readonly TarEntry[]): Readable {
  return Readable.from(blocksOf(entries), { objectMode: false });
}

const blockBytes = 512;

async function* blocksOf(entries: readonly TarEntry[]): AsyncGenerator<Buffer, void, void> {
  for (const entry of entries) {
    if (entry.source === undefined) {
      yield header(entry, 0);
      continue;
    }
    const { size } = statSync(entry.source);
    yield header(entry, size);
    // No byte more than the header says, should the file be growing.
    for await (const piece of size === 0 ? [] : createReadStream(entry.source, { end: size - 1 }))
      yield piece as Buffer;
    yield Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
  }
  yield Buffer.alloc(2 * blockBytes);
}

function header({ path, mode, source }: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const [prefix, name] = split(source === undefined ? `${path}/` : path);
  const octal = (value: number, length: number): string => value.toString(8).padStart(length, '0');
  block.write(name, 0);
  block.write(octal(mode, 7), 100);
  // Owner and group: root.
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  // While the sum is made, its own place holds blanks.
  block.write(' '.repeat(8), 148);
  block.write(source === undefined ? '5' : '0', 156);
  block.write('ustar\u000000', 257, 'latin1');
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\u0000 `, 148, 'latin1');
  return block;
}

/** A name has 100 bytes, and 155 more for directories in front of it. */
function split(path: string): readonly [prefix: string, name: string] {
  const inside = path.replace(/^\/+/, '');
  if (Buffer.byteLength(inside) <= 100) return ['', inside];
  for (let at = inside.indexOf('/'); at > 0; at = inside.indexOf('/', at + 1)) {
    const [prefix, name] = [inside.slice(0, at), inside.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && name !== '' && Buffer.byteLength(prefix) <= 155) return [prefix, name];
  }
  throw new Error(`the path ${path} is too long for a tar archive`);
}
