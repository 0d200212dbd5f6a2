/**
 * Reads what an agent of type `command` prints: the last MiB of its standard output is the result. Where the last line
 * is a JSON object with a `result`, that is the result, with a session id and a cost where it names them. Of its standard
 * error only the end is kept: programs say there why they failed.
 */
import { escapeControls } from '../../../src/log.ts';
import type { AgentOutcome, OutputReader } from '../agent.ts';
import { structuredResult } from './structured-result.ts';

/** How much of standard output and of standard error is kept, bytes. */
const keptBytes = { stdout: 1024 * 1024, stderr: 4096 } as const;

export function commandReader(): OutputReader {
  return readerOf(tailOf(keptBytes.stdout), tailOf(keptBytes.stderr));
}

/** Goes on from what `snapshot()` of a command reader gave. Throws where `snapshot` is not such a string. */
export function restoreCommandReader(snapshot: string): OutputReader {
  const form = /^2 (\d{1,15}) ([A-Za-z0-9+/=]*) (\d{1,15}) ([A-Za-z0-9+/=]*)$/;
  const [, total, kept, errorTotal, errors] = form.exec(snapshot) ?? [];
  if (total === undefined || kept === undefined || errorTotal === undefined || errors === undefined)
    throw new Error('the stored state of the agent’s output is damaged');
  return readerOf(
    tailOf(keptBytes.stdout, Buffer.from(kept, 'base64'), Number(total)),
    tailOf(keptBytes.stderr, Buffer.from(errors, 'base64'), Number(errorTotal)),
  );
}

function readerOf(stdout: Tail, stderr: Tail): OutputReader {
  return {
    read: (bytes, stream) => (stream === 'stdout' ? stdout : stderr).push(bytes),
    snapshot: () => `2 ${stdout.snapshot()} ${stderr.snapshot()}`,
    finish: (exitCode) => outcome(stdout.text(), stderr.text(), exitCode),
  };
}

/** The end of a stream. */
interface Tail {
  push(bytes: Uint8Array): void;
  text(): string;
  /** How much came in all, and what is kept of it. */
  snapshot(): string;
}

function tailOf(limit: number, start: Buffer = Buffer.alloc(0), startTotal = 0): Tail {
  let chunks: Buffer[] = start.length === 0 ? [] : [start];
  let held = start.length;
  let total = startTotal;
  /** The last `limit` bytes as one buffer. */
  const joined = (): Buffer => {
    const all = Buffer.concat(chunks);
    const kept = all.subarray(Math.max(0, all.length - limit));
    chunks = [Buffer.from(kept)];
    held = kept.length;
    return kept;
  };
  return {
    push(bytes) {
      total += bytes.length;
      chunks.push(Buffer.from(bytes.subarray(Math.max(0, bytes.length - limit))));
      held += Math.min(bytes.length, limit);
      // Joined only now and then: once for as much again as is kept.
      if (held >= 2 * limit || chunks.length > 4096) joined();
    },
    text: () => decode(joined(), total > limit),
    snapshot: () => `${total} ${joined().toString('base64')}`,
  };
}

/** Whole characters only: where the beginning was cut off inside one, the rest of it goes too. */
function decode(bytes: Buffer, cut: boolean): string {
  let start = 0;
  while (cut && start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString('utf8', start);
}

function outcome(text: string, errors: string, exitCode: number): AgentOutcome {
  const output = text.trimEnd();
  const structured = structuredResult(output.slice(output.lastIndexOf('\n') + 1));
  const result = structured === undefined ? output : structured.result;
  const reported = { sessionId: structured?.sessionId ?? null, costUsd: structured?.costUsd ?? null };
  if (exitCode === 0) return { status: 'done', result, error: null, ...reported };
  const [printed, told] = [lastLines(result, 1), lastLines(errors)];
  const error = failure(exitCode, structured === undefined ? told || printed : printed || told);
  return { status: 'failed', result: result === '' ? null : result, error, ...reported };
}

/** How many of the last lines, and of the last one how much, go into the error. Characters. */
const quotedLines = 3;
const quotedLength = 300;

function failure(exitCode: number, said: string): string {
  if (said === '')
    return `The command exited with code ${exitCode} and printed no result; \`pylon logs\` shows what it printed.`;
  return `The command exited with code ${exitCode}: ${said}`;
}

/** The last lines that are not blank, on one line; as many as fit, but always something of the last one. */
function lastLines(text: string, most = quotedLines): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-most);
  let said = shorten(lines.pop() ?? '');
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    const longer = `${escapeControls(line)} / ${said}`;
    if (longer.length > quotedLength) break;
    said = longer;
  }
  return said;
}

function shorten(line: string): string {
  const quoted = Array.from(line.slice(0, 2 * quotedLength))
    .slice(0, quotedLength)
    .join('');
  return escapeControls(quoted) + (quoted.length < line.length ? '…' : '');
}
