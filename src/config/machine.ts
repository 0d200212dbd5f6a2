/** The machine's settings: config.yaml, checked, expanded, defaults filled in. */
import { hostname } from 'node:os';

import { parseSize } from '../duration.ts';
import { fail } from '../errors.ts';
import type { ConfigFile } from '../protocol/generated/config-file.ts';
import type { MachineSettings } from '../protocol/settings.ts';
import { lookupIn } from '../variables.ts';
import { checkSchema } from './check-schema.ts';
import { expandTree } from './expand-tree.ts';
import type { HomePaths } from './home.ts';
import { machineNotAvailable } from './not-available.ts';
import type { Problem } from './problem.ts';
import { formatProblem, sortProblems } from './problem.ts';
import { readEnv } from './read-env.ts';
import { readYamlFile } from './read-yaml.ts';
import { machineRules } from './rules/machine-rules.ts';
import { schemaOf } from './schema.ts';
import type { MapNode } from './settings-tree.ts';

/** What pylons are read against. */
export interface Machine {
  readonly settings: MachineSettings;
  /** config.yaml expanded; variables in `defaults` that only pylons set are still in it. */
  readonly file: ConfigFile;
  /** config.yaml as written, for what pylons take over from it. */
  readonly tree: MapNode;
  readonly processEnv: Readonly<Record<string, string | undefined>>;
  /** The home's .env. */
  readonly homeEnv: Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
}

export type ReadMachine =
  | { readonly ok: true; readonly machine: Machine }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** @throws PYLON_SETTINGS with every problem, a line each */
export function loadMachine(paths: HomePaths, env: NodeJS.ProcessEnv): Machine {
  const read = readMachine(paths, env);
  if (read.ok) return read.machine;
  const [first = '', ...others] = read.problems.map((problem) => formatProblem(problem));
  const problems = others.length === 0 ? first : ['', first, ...others].join('\n  ');
  throw fail('PYLON_SETTINGS', { problems });
}

export function readMachine(paths: HomePaths, env: NodeJS.ProcessEnv): ReadMachine {
  const homeEnv = readEnv(paths.env);
  const file = readYamlFile(paths.config);
  const warnings = homeEnv.warnings;
  if (!file.ok) {
    const missing: Problem = {
      file: paths.config,
      message: 'does not exist; make it, with the line `version: 1` to begin with',
    };
    return {
      ok: false,
      warnings,
      problems: sortProblems([...homeEnv.problems, ...(file.missing ? [missing] : file.problems)]),
    };
  }
  const { tree } = file;
  const expanded = expandTree(tree, schemaOf('config'), lookupIn(env, homeEnv.values), () => paths.env);
  // A variable in `defaults` may be one that each pylon sets for itself; it is looked for when a pylon is read.
  const missing = expanded.missing.filter(({ key }) => !/^defaults\.(channel|agent)\./.test(key ?? ''));
  const problems = [
    ...homeEnv.problems,
    ...expanded.problems,
    ...missing,
    ...checkSchema('config', tree, expanded).problems,
  ];
  const config = expanded.value as ConfigFile;
  if (problems.length === 0)
    problems.push(...machineRules(config, tree, expanded.hidden), ...machineNotAvailable(tree, expanded.value));
  if (problems.length > 0) return { ok: false, warnings, problems: sortProblems(problems) };
  const settings = machineSettings(config);
  return { ok: true, machine: { settings, file: config, tree, processEnv: env, homeEnv: homeEnv.values, warnings } };
}

function machineSettings({ server = {}, engine = 'docker', docker = {} }: ConfigFile): MachineSettings {
  const port = server.port ?? 8080;
  return {
    server: {
      host: server.host ?? '0.0.0.0',
      port,
      public_url: (server.public_url ?? `http://${hostname()}:${port}`).replace(/\/+$/, ''),
      max_body_bytes: parseSize(server.max_body ?? '5mb') ?? 0,
    },
    engine,
    docker: {
      max_concurrent: docker.max_concurrent ?? 3,
      on_full: docker.on_full ?? 'reject',
      max_queued: docker.max_queued ?? 100,
      on_stop: docker.on_stop ?? 'leave',
    },
  };
}
