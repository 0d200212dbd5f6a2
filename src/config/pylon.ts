/** One pylon's settings: pylon.yaml over config.yaml's defaults, checked in every way that needs no event to come in. */
import type { PylonFile } from '../protocol/generated/pylon-file.ts';
import type { PylonSettings, Variables } from '../protocol/settings.ts';
import { lookupIn, variableNames } from '../variables.ts';
import { checkSchema } from './check-schema.ts';
import type { Expanded } from './expand-tree.ts';
import { expandTree, pointerTo } from './expand-tree.ts';
import type { HomePaths } from './home.ts';
import { pylonFilePaths } from './home.ts';
import type { Machine } from './machine.ts';
import { pylonNotAvailable } from './not-available.ts';
import { overDefaults } from './over-defaults.ts';
import type { Problem } from './problem.ts';
import { sortProblems } from './problem.ts';
import { fillSettings } from './fill-settings.ts';
import { isPylonName } from './pylon-names.ts';
import { readEnv } from './read-env.ts';
import { readYamlFile } from './read-yaml.ts';
import { pylonRules } from './rules/pylon-rules.ts';
import { templateProblems } from './rules/template-rules.ts';
import { schemaOf } from './schema.ts';
import type { MapNode } from './settings-tree.ts';

export type LoadedPylon =
  | {
      readonly ok: true;
      readonly settings: PylonSettings;
      readonly variables: Variables;
      readonly disabled: boolean;
      readonly warnings: readonly Problem[];
    }
  | {
      readonly ok: false;
      /** Every one that was found, by line. */
      readonly problems: readonly Problem[];
      /** What the files name as far as they can be read, for the jobs that the pylon had before. */
      readonly variables: Variables;
      readonly disabled: boolean;
      readonly warnings: readonly Problem[];
    };

/** Reads, merges and checks one pylon; reads its files afresh each time. */
export function loadPylon(paths: HomePaths, name: string, machine: Machine): LoadedPylon {
  const files = pylonFilePaths(paths, name);
  const file = readYamlFile(files.config);
  const env = readEnv(files.env);
  const refuse = (refused: Refused): LoadedPylon => ({
    ok: false,
    problems: sortProblems([...env.problems, ...refused.problems]),
    variables: pick(refused.names ?? [], machine),
    disabled: refused.disabled ?? false,
    warnings: sortProblems([...env.warnings, ...(refused.warnings ?? [])]),
  });
  if (!isPylonName(name)) return refuse({ problems: [{ file: files.directory, message: badName }] });
  if (!file.ok) return refuse({ problems: file.problems, names: variableNames(file.text) });
  const lookup = lookupIn(env.values, machine.processEnv, machine.homeEnv);
  const tree = overDefaults(file.tree, machine.tree, lookup);
  const whereToSet = (place: string): string => (place === paths.config ? `${paths.env} or ${files.env}` : files.env);
  const expanded = expandTree(tree, schemaOf('pylon'), lookup, whereToSet);
  const hasEnv = env.problems.length === 0;
  const { problems, warnings } = check({ tree, expanded, machine, name, home: paths.home, hasEnv });
  const disabled = (expanded.value as { disabled?: unknown }).disabled === true;
  if (problems.length > 0 || !hasEnv) {
    return refuse({ problems, warnings, disabled, names: variableNames(expanded.kept) });
  }
  const settings = fillSettings(expanded.kept as PylonFile, expanded.value as PylonFile, machine);
  return {
    ok: true,
    settings,
    variables: pick(variableNames(settings), machine),
    disabled,
    warnings: sortProblems([...env.warnings, ...warnings]),
  };
}

interface Refused {
  readonly problems: readonly Problem[];
  readonly warnings?: readonly Problem[];
  readonly disabled?: boolean;
  /** Variables that the files name. */
  readonly names?: readonly string[];
}

const badName =
  'this cannot be the name of a pylon; expected lower-case letters, digits and hyphens, starting with a letter or digit, 63 at the most';

interface Checked {
  readonly tree: MapNode;
  readonly expanded: Expanded;
  readonly machine: Machine;
  readonly name: string;
  readonly home: string;
  /** Without a readable .env, that a variable is missing says nothing. */
  readonly hasEnv: boolean;
}

function check({ tree, expanded, machine, name, home, hasEnv }: Checked): { problems: Problem[]; warnings: Problem[] } {
  const schema = checkSchema('pylon', tree, expanded);
  const sound = prune(expanded.value, schema.faulty);
  const rules = pylonRules({
    file: isMapping(sound) ? sound : {},
    tree,
    machine,
    home,
    isHidden: (path) => expanded.hidden.has(path.reduce<string>(pointerTo, '')),
    name,
  });
  const wrong = [
    ...expanded.problems,
    ...(hasEnv ? expanded.missing : []),
    ...schema.problems,
    ...templateProblems(tree, schemaOf('pylon')),
    ...rules.problems,
  ];
  const problems = [...wrong, ...pylonNotAvailable(tree, sound, wrong.length > 0)];
  return { problems, warnings: rules.warnings };
}

/** `value` without what stands at the JSON pointers `faulty`; members of lists become undefined. */
function prune(value: unknown, faulty: ReadonlySet<string>, pointer = ''): unknown {
  if (faulty.has(pointer)) return undefined;
  if (Array.isArray(value)) return value.map((item, index) => prune(item, faulty, pointerTo(pointer, index)));
  if (!isMapping(value)) return value;
  const members = Object.entries(value).map(
    ([key, member]) => [key, prune(member, faulty, pointerTo(pointer, key))] as const,
  );
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of the process's and the home's variables those called `names`. */
function pick(names: readonly string[], machine: Machine): Variables {
  const from = (place: Readonly<Record<string, string | undefined>>): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = lookupIn(place)(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
  return { process: from(machine.processEnv), home: from(machine.homeEnv) };
}
