/** Pylon as npm installs it: globally below a prefix, and into somebody's project for `npx`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Installed {
  /** The program that `npm install -g` puts into PATH. */
  readonly program: string;
  /** A project with Pylon in it, where `npx pylon` runs it. */
  readonly project: string;
  /** For npm itself: nothing of it goes to or comes from the user's own settings and caches. */
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/** Compiled, this file lies in <output>/test/support. */
const output = path.join(import.meta.dirname, '..', '..');

/**
 * Installs the compiled output under test with npm, as a folder. The package is a copy of the project's without its
 * dependencies, which the output finds beside itself: so nothing is fetched, and nothing of the project is rebuilt.
 */
export function installPylon(): Installed {
  const root = mkdtempSync(path.join(tmpdir(), 'pylon-installed-'));
  const stage = path.join(root, 'stage');
  const prefix = path.join(root, 'prefix');
  const project = path.join(root, 'project');
  for (const directory of [stage, prefix, project]) mkdirSync(directory);
  const { name, version, bin, type } = JSON.parse(
    readFileSync(path.join(output, '..', 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  writeFileSync(path.join(stage, 'package.json'), JSON.stringify({ name, version, bin, type }));
  symlinkSync(output, path.join(stage, 'dist'));
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'somebody', version: '1.0.0' }));
  const env = {
    npm_config_cache: path.join(root, 'cache'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
  const npm = (cwd: string, ...args: string[]): void =>
    void execFileSync('npm', ['install', ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  npm(stage, '-g', '.', '--prefix', prefix);
  npm(project, stage);
  return {
    program: path.join(prefix, 'bin', 'pylon'),
    project,
    env,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
