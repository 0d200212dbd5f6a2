/** Load as fast as it is answered, from a process of its own: Debian's `wrk`. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { event, signature } from './event.ts';

export interface Load {
  readonly answered: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Compiled, this file lies in <output>/test/bench. */
const script = path.join(import.meta.dirname, '..', '..', '..', 'test', 'bench', 'load.lua');

/** Sends to `paths` in turn over `connections`. Rejects where anything but a 2xx was answered. */
export async function hammer(
  url: string,
  paths: readonly string[],
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Load> {
  const directory = mkdtempSync(path.join(tmpdir(), 'pylon-bench-'));
  const body = path.join(directory, 'body');
  writeFileSync(body, event);
  const load = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, '--timeout', '10s', '-s', script, url];
  try {
    const { stdout } = await promisify(execFile)('wrk', [...load, '--', body, signature, `${randomUUID()}-`, ...paths]);
    return readResult(stdout);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readResult(stdout: string): Load {
  const found = /^RESULT (.*)$/m.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`wrk said:\n${stdout}`);
  const { requests, us, refused, broken, p50, p99 } = JSON.parse(found) as Record<string, number>;
  if (refused !== 0 || broken !== 0)
    throw new Error(`${refused} requests were refused and ${broken} broke:\n${stdout}`);
  const answered = requests ?? 0;
  return { answered, perSecond: (answered / (us ?? 1)) * 1e6, p50: (p50 ?? NaN) / 1000, p99: (p99 ?? NaN) / 1000 };
}
