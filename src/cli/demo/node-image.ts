/**
 * An image for the demo's agent that needs no registry: this machine's own Node, the libraries that it has loaded, and
 * the agent's script.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';

import type { EnginePlatform } from '../../../workers/engine/engine-platform.ts';
import { tarOf } from './tar.ts';
import type { TarEntry } from './tar.ts';

/** Where the agent is inside. */
export const agentInImage = '/agent/review.mjs';

/** The image's files, as a tar archive. `agent` is a script without imports of its own. */
export function nodeImageFiles(agent: string): Readable {
  const sources = new Map<string, string>([[agentInImage, agent]]);
  for (const file of [process.execPath, ...loadedLibraries()]) sources.set(file, realpathSync(file));
  const directories = new Set<string>();
  for (const file of sources.keys()) for (const directory of above(file)) directories.add(directory);
  return tarOf([
    ...[...directories].toSorted().map((directory): TarEntry => ({ path: directory, mode: 0o755 })),
    ...[...sources].map(([file, source]): TarEntry => ({ path: file, mode: 0o755, source })),
  ]);
}

/** What makes `node` a program that is found by its name inside. */
export const nodeImagePath = (): string => `ENV PATH=${path.dirname(process.execPath)}`;

/** Why this machine's Node cannot run in the containers of such an engine; undefined where it can. */
export function whyNotOn({ os, arch }: EnginePlatform): string | undefined {
  const own = `${process.platform} on ${process.arch}`;
  if (process.platform === 'linux' && os === 'linux' && engineArch[process.arch] === arch) return undefined;
  return `its containers are ${os} on ${arch}, and what the image would be made of, this machine's own Node, is for ${own}`;
}

/** Node's names of processors → Go's. */
const engineArch: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};

/** The shared libraries of this very process, the dynamic loader among them; on a Node that is all in one file, none. */
function loadedLibraries(): readonly string[] {
  const { sharedObjects = [] } = process.report.getReport() as { readonly sharedObjects?: readonly string[] };
  return sharedObjects.filter((file) => path.isAbsolute(file) && !file.endsWith('.node') && file !== process.execPath);
}

function above(file: string): readonly string[] {
  const directory = path.dirname(file);
  return directory === '/' ? [] : [...above(directory), directory];
}
