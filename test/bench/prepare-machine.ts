/** What the benchmarks need of the machine: an engine, its test images, and the programs that Pylon is measured beside. */
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

/** Compiled, this file lies in <output>/test/bench. */
const setup = path.join(import.meta.dirname, '..', '..', '..', 'test', 'setup');

/** Each is also the name of its Debian package. */
const programs = ['wrk', 'webhook'];

/** Makes all of it be there, as root on Debian; returns what puts the machine back. */
export function prepareMachine(say: (line: string) => void): () => void {
  const missing = programs.filter((program) => spawnSync(program, ['-version']).error !== undefined);
  if (missing.length > 0) install(missing, say);
  const engineWasThere = spawnSync('docker', ['version'], { timeout: 10_000 }).status === 0;
  runSetup('engine.mjs');
  const hadImages = spawnSync('docker', ['image', 'ls', '--quiet', 'pylon-test/busybox:1']).stdout.length > 0;
  runSetup('test-image.mjs');
  return () => {
    if (!hadImages) runSetup('test-image.mjs', '--remove');
    if (!engineWasThere) runSetup('engine.mjs', '--stop');
  };
}

function runSetup(script: string, ...args: readonly string[]): void {
  execFileSync(process.execPath, [path.join(setup, script), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function install(missing: readonly string[], say: (line: string) => void): void {
  if (process.getuid?.() !== 0)
    throw new Error(`Install ${missing.join(' and ')} first; only root may do it from here.`);
  say(`installing ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...missing],
  ]) {
    execFileSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
}
