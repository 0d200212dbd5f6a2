/** docs/benchmarks.md: what was measured, on what, and how. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import path from 'node:path';

import type { Figure, Row } from './figure.ts';
import { table } from './table.ts';

/** Compiled, this file lies in <output>/test/bench. */
const root = path.join(import.meta.dirname, '..', '..', '..');

export function writePage(
  measured: readonly { readonly figure: Figure; readonly rows: readonly Row[] }[],
  rounds: number,
): void {
  const sections = measured.map(({ figure, rows }) => `## ${figure.name}\n\n${figure.how}\n\n${table(rows)}`);
  writeFileSync(path.join(root, 'docs', 'benchmarks.md'), `${introduction(rounds)}\n${sections.join('\n')}`);
}

function introduction(rounds: number): string {
  return `# Benchmarks

Written by \`npm run bench\`, which measures all of this anew. \`npm run bench -- --only NAME\` measures one section and prints it.
Each figure stands beside a reference that was measured in the same run, in turns (${rounds} rounds), because machines differ and have
moods: look at the ratio first. Medians, with the least and the most.

| | |
|---|---|
${machine()
  .map(([what, is]) => `| ${what} | ${is} |\n`)
  .join('')}
Whoever sends, and whatever Pylon is measured beside, ran on the same machine at the same time.
`;
}

function machine(): readonly (readonly [string, string])[] {
  return [
    ['processor', `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}`],
    ['memory', `${Math.round(totalmem() / 2 ** 30)} GB`],
    ['system', `${distribution()}, Linux ${release()}`],
    ['Node', process.version],
    ['Docker', output('docker', ['version', '--format', '{{.Server.Version}}'])],
    ['adnanh/webhook', /\d+(\.\d+)+/.exec(output('webhook', ['-version']))?.[0] ?? 'unknown'],
    ['Pylon', `${pylonVersion()} (${output('git', ['rev-parse', '--short', 'HEAD'])})`],
  ];
}

function distribution(): string {
  return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
}

function pylonVersion(): string {
  return (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

function output(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', cwd: root }).trim();
}
