/** The payload that `pylon test --payload` names. */
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { fail, reasonOf } from '../errors.ts';

/**
 * The bytes to send, as given: JSON itself, `@file`, or `@-` for `input`. Rejects with PYLON_PAYLOAD_UNREADABLE where they
 * cannot be read or are not JSON.
 */
export async function readPayload(from: string, input: Readable): Promise<Buffer> {
  const bytes = from.startsWith('@') ? await readFrom(from, input) : Buffer.from(from);
  try {
    JSON.parse(bytes.toString());
  } catch (error) {
    const shown = from.startsWith('@') ? from.slice(1) : 'given';
    throw fail('PYLON_PAYLOAD_UNREADABLE', { from: shown, reason: reasonOf(error) }, { cause: error });
  }
  return bytes;
}

async function readFrom(from: string, input: Readable): Promise<Buffer> {
  try {
    return from === '@-' ? await buffer(input) : await readFile(from.slice(1));
  } catch (error) {
    throw fail('PYLON_PAYLOAD_UNREADABLE', { from: from.slice(1), reason: reasonOf(error) }, { cause: error });
  }
}
