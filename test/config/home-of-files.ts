/** A throw-away home with the settings files that a test wants. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { HomePaths } from '../../src/config/home.ts';
import { homePaths } from '../../src/config/home.ts';
import type { Machine } from '../../src/config/machine.ts';
import { readMachine } from '../../src/config/machine.ts';
import type { Problem } from '../../src/config/problem.ts';
import { formatProblem } from '../../src/config/problem.ts';
import type { LoadedPylon } from '../../src/config/pylon.ts';
import { loadPylon } from '../../src/config/pylon.ts';

export interface HomeOfFiles {
  readonly paths: HomePaths;
  write(path: string, text: string): void;
  machine(env?: Record<string, string>): Machine;
  pylon(name: string, env?: Record<string, string>): LoadedPylon;
  [Symbol.dispose](): void;
}

/** @param files contents by path in the home; `config.yaml` is `version: 1` unless given */
export function homeOfFiles(files: Readonly<Record<string, string>>): HomeOfFiles {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'pylon-settings-')));
  const paths = homePaths(home);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  for (const [path, text] of Object.entries({ 'config.yaml': 'version: 1\n', ...files })) write(path, text);
  const machine = (env: Record<string, string> = {}): Machine => {
    const read = readMachine(paths, env);
    if (!read.ok) throw new Error(`config.yaml is faulty:\n${lines(read.problems, home).join('\n')}`);
    return read.machine;
  };
  return {
    paths,
    write,
    machine,
    pylon: (name, env = {}) => loadPylon(paths, name, machine(env)),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** The problems as people see them. */
export function lines(problems: readonly Problem[], home: string): string[] {
  return problems.map((problem) => formatProblem(problem, home));
}

/** A pylon that is right, with `more` below it. */
export const rightPylon = (more = ''): string => `name: p
trigger:
  type: webhook
agent:
  type: command
  image: debian:bookworm-slim
${more}`;
