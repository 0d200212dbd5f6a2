/** A throw-away Pylon home with runs for an engine: everything that a `RunSpec` needs exists. */
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Engine, Exit, OutputChunk, RunSpec } from '../../workers/engine/engine.ts';
import { busyboxImage } from './test-image.ts';

export interface EngineHome {
  readonly home: string;
  readonly homeId: string;
  /** A run of the busybox image with ordinary limits and no network; `changes` go over that. */
  spec(changes?: Partial<RunSpec>): RunSpec;
  remove(): void;
}

export function makeEngineHome(): EngineHome {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'pylon-engine-')));
  const homeId = randomUUID();
  const user =
    process.getuid?.() === 0
      ? { uid: 4321, gid: 4321 }
      : { uid: process.getuid?.() ?? 1000, gid: process.getgid?.() ?? 1000 };
  const spec = (changes: Partial<RunSpec> = {}): RunSpec => {
    const jobId = changes.jobId ?? randomUUID();
    const job = join(home, 'pylons', 'p', 'jobs', jobId);
    for (const directory of [join(job, 'workspace'), join(job, 'home')]) {
      mkdirSync(directory, { recursive: true });
      if (process.getuid?.() === 0) chownSync(directory, user.uid, user.gid);
    }
    writeFileSync(join(job, 'prompt'), 'What is in the box?', { mode: 0o644 });
    return {
      jobId,
      run: 1,
      pylon: 'p',
      homeId,
      image: busyboxImage,
      command: ['sh', '-c', 'echo hello'],
      env: { PYLON_PROMPT_FILE: '/pylon/prompt' },
      workspace: join(job, 'workspace'),
      home: join(job, 'home'),
      promptFile: join(job, 'prompt'),
      borrowed: [],
      volumes: [],
      user,
      network: 'none',
      readOnlyRoot: true,
      limits: { cpus: 1, memoryBytes: 128 * 1024 * 1024, pids: 64 },
      ...changes,
    };
  };
  return { home, homeId, spec, remove: () => rmSync(home, { recursive: true, force: true }) };
}

export interface Followed {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
  readonly chunks: readonly OutputChunk[];
}

/** Makes, starts and follows one run to its end, and removes it. */
export async function runToEnd(engine: Engine, spec: RunSpec): Promise<Followed> {
  const id = await engine.create(spec, never);
  try {
    await engine.start(id);
    return await followToEnd(engine, id);
  } finally {
    await engine.remove(id);
  }
}

export async function followToEnd(engine: Engine, id: string, since?: string): Promise<Followed> {
  const chunks: OutputChunk[] = [];
  const exit = await engine.follow(id, since, (chunk) => void chunks.push(chunk), never);
  return { exit, stdout: textOf(chunks, 'stdout'), stderr: textOf(chunks, 'stderr'), chunks };
}

export function textOf(chunks: readonly OutputChunk[], stream: OutputChunk['stream']): string {
  return Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map((chunk) => chunk.bytes)).toString('utf8');
}

/** A signal that nobody aborts. */
export const never: AbortSignal = new AbortController().signal;
