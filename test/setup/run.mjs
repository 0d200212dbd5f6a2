#!/usr/bin/env node
// Runs the compiled tests against a real Docker engine, and leaves the machine as it was.
//
//   node test/setup/run.mjs [--dist DIR] [file or directory below DIR/test …]
//
// Exits with the tests' own code. What it says itself goes to standard error before they start (and, where they left
// something behind, after them), so that a good run ends with the reporter's counts.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { startEngine, stopEngine } from './engine.mjs';
import { makeTestImages, removeTestImages } from './test-image.mjs';

const root = join(import.meta.dirname, '..', '..');
const say = (line) => process.stderr.write(`${line}\n`);

const args = process.argv.slice(2);
const distAt = args.indexOf('--dist');
const dist = distAt === -1 ? 'dist' : args.splice(distAt, 2)[1];

let tests;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests?.kill(signal));

try {
  await startEngine(say);
  const made = makeTestImages();
  const before = ownContainers();
  const beforeNetworks = ownNetworks();
  process.exitCode = await runTests();
  const left = ownContainers().filter((id) => !before.includes(id));
  const leftNetworks = ownNetworks().filter((id) => !beforeNetworks.includes(id));
  if (left.length > 0) {
    say(`The tests left containers behind: ${left.join(' ')}`);
    execFileSync('docker', ['rm', '--force', '--volumes', ...left], { stdio: 'ignore' });
    if (process.exitCode === 0) process.exitCode = 1;
  }
  if (leftNetworks.length > 0) {
    say(`The tests left networks behind: ${leftNetworks.join(' ')}`);
    execFileSync('docker', ['network', 'rm', ...leftNetworks], { stdio: 'ignore' });
    if (process.exitCode === 0) process.exitCode = 1;
  }
  removeTestImages(made);
} catch (thrown) {
  say(thrown.message);
  process.exitCode = 1;
} finally {
  await stopEngine(() => undefined);
}

function runTests() {
  const files = (args.length === 0 ? [''] : args).flatMap((path) => testFiles(join(root, dist, 'test', path)));
  if (files.length === 0)
    throw new Error(`There are no tests in ${join(dist, 'test')}; compile them first (npm run build).`);
  const concurrency = `--test-concurrency=${Math.max(2, availableParallelism())}`;
  tests = spawn(process.execPath, ['--test', '--test-reporter=spec', concurrency, ...files], {
    cwd: root,
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    tests.on('error', reject).on('exit', (code) => resolve(code ?? 1));
  });
}

function testFiles(path) {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .toSorted()
    .map((name) => join(path, name));
}

/** Containers that bear a Pylon home's label, of whatever home. */
function ownContainers() {
  return listed(['ps', '--all', '--quiet']);
}

function ownNetworks() {
  return listed(['network', 'ls', '--quiet']);
}

function listed(command) {
  const ids = execFileSync('docker', [...command, '--filter', 'label=pylon.home'], { encoding: 'utf8' });
  return ids.split('\n').filter((id) => id !== '');
}
