/**
 * Reads what an agent of type `command` prints: the last MiB of its standard output is the result. Where the last line
 * is a JSON object with a `result`, that is the result, with a session id and a cost where it names them.
 */
import { escapeControls } from '../../../src/log.ts';
import type { AgentOutcome, OutputReader } from '../agent.ts';
import { structuredResult } from './structured-result.ts';

/** How much of the output is kept, bytes. */
const keptBytes = 1024 * 1024;

export function commandReader(): OutputReader {
  return readerFrom(Buffer.alloc(0), 0);
}

/** Goes on from what `snapshot()` of a command reader gave. Throws where `snapshot` is not such a string. */
export function restoreCommandReader(snapshot: string): OutputReader {
  const [, total, kept] = /^1 (\d{1,15}) ([A-Za-z0-9+/=]*)$/.exec(snapshot) ?? [];
  if (total === undefined || kept === undefined) throw new Error('the stored state of the agent’s output is damaged');
  return readerFrom(Buffer.from(kept, 'base64'), Number(total));
}

function readerFrom(start: Buffer, startTotal: number): OutputReader {
  let chunks: Buffer[] = start.length === 0 ? [] : [start];
  let held = start.length;
  let total = startTotal;
  /** The last `keptBytes` as one buffer. */
  const tail = (): Buffer => {
    const all = Buffer.concat(chunks);
    const kept = all.subarray(Math.max(0, all.length - keptBytes));
    chunks = [Buffer.from(kept)];
    held = kept.length;
    return kept;
  };
  return {
    read(bytes) {
      total += bytes.length;
      chunks.push(Buffer.from(bytes.subarray(Math.max(0, bytes.length - keptBytes))));
      held += Math.min(bytes.length, keptBytes);
      // Joined only now and then: once for each MiB that comes.
      if (held >= 2 * keptBytes || chunks.length > 4096) tail();
    },
    snapshot: () => `1 ${total} ${tail().toString('base64')}`,
    finish: (exitCode) => outcome(decode(tail(), total > keptBytes), exitCode),
  };
}

/** Whole characters only: where the beginning was cut off inside one, the rest of it goes too. */
function decode(bytes: Buffer, cut: boolean): string {
  let start = 0;
  while (cut && start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString('utf8', start);
}

function outcome(text: string, exitCode: number): AgentOutcome {
  const output = text.replace(/\s+$/, '');
  const structured = structuredResult(output.slice(output.lastIndexOf('\n') + 1));
  const result = structured === undefined ? output : structured.result;
  const reported = { sessionId: structured?.sessionId ?? null, costUsd: structured?.costUsd ?? null };
  if (exitCode === 0) return { status: 'done', result, error: null, ...reported };
  return { status: 'failed', result: result === '' ? null : result, error: failure(exitCode, result), ...reported };
}

/** How much of the last line goes into the error, characters. */
const quotedLength = 300;

function failure(exitCode: number, result: string): string {
  const lastLine = result.slice(result.lastIndexOf('\n') + 1).trim();
  if (lastLine === '')
    return `The command exited with code ${exitCode} and printed no result; \`pylon logs\` shows what it printed.`;
  const quoted = Array.from(lastLine.slice(0, 2 * quotedLength))
    .slice(0, quotedLength)
    .join('');
  const shown = escapeControls(quoted) + (quoted.length < lastLine.length ? '…' : '');
  return `The command exited with code ${exitCode}: ${shown}`;
}
