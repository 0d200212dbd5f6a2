/** `pylon validate`: what is wrong with the settings, file, line and reason. */
import { Command, Option } from 'clipanion';

import type { Machine } from '../config/machine.ts';
import { readMachine } from '../config/machine.ts';
import type { HomePaths } from '../config/home.ts';
import { homePaths, pylonFilePaths } from '../config/home.ts';
import type { Problem } from '../config/problem.ts';
import { formatProblem } from '../config/problem.ts';
import { loadPylon } from '../config/pylon.ts';
import { listPylonNames } from '../config/pylon-names.ts';
import { fail } from '../errors.ts';
import { ShowingCommand } from './command.ts';

/** What was found of one file: config.yaml, or a pylon's. */
interface FileReport {
  readonly pylon: string | null;
  readonly file: string;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export class ValidateCommand extends ShowingCommand {
  static override paths = [['validate']];

  static override usage = Command.Usage({
    description: 'Check the settings and say what is wrong: file, line and reason.',
    details: 'Exits with 1 if anything is wrong. Warnings alone are not wrong. Needs no daemon, and starts nothing.',
    examples: [
      ['Check config.yaml and every pylon', 'pylon validate'],
      ['Check one pylon (and config.yaml, which it stands on)', 'pylon validate my-sentry'],
      ['Give a program the result', 'pylon validate --json'],
    ],
  });

  name = Option.String({ required: false, name: 'name' });

  override execute(): Promise<number> {
    const paths = homePaths(this.homePath());
    const reports = validate(paths, this.context.env, this.name);
    const ok = reports.every(({ problems }) => problems.length === 0);
    this.show({ ok, files: reports.map(forPrograms) }, () =>
      reports.map((report) => forPeople(report, paths.home)).join(''),
    );
    return Promise.resolve(ok ? 0 : 1);
  }
}

/**
 * One report for config.yaml and one for each pylon, or for the one called `only`. Pylons stand on config.yaml: where that
 * is faulty, they are not looked at.
 *
 * @throws PYLON_UNKNOWN_PYLON
 */
export function validate(paths: HomePaths, env: NodeJS.ProcessEnv, only?: string): FileReport[] {
  const { names, strange } = listPylonNames(paths);
  if (only !== undefined && !names.includes(only)) throw unknown(only, names, paths);
  const read = readMachine(paths, env);
  const warnings = read.ok ? read.machine.warnings : read.warnings;
  const config: FileReport = { pylon: null, file: paths.config, problems: read.ok ? [] : read.problems, warnings };
  if (!read.ok) return [config];
  const chosen = only === undefined ? names : [only];
  const others: FileReport[] =
    only === undefined
      ? strange.map((problem) => ({ pylon: null, file: problem.file, problems: [problem], warnings: [] }))
      : [];
  return [config, ...chosen.map((name) => pylonReport(paths, name, read.machine)), ...others];
}

function pylonReport(paths: HomePaths, name: string, machine: Machine): FileReport {
  const loaded = loadPylon(paths, name, machine);
  const file = pylonFilePaths(paths, name).config;
  return { pylon: name, file, problems: loaded.ok ? [] : loaded.problems, warnings: loaded.warnings };
}

function unknown(name: string, names: readonly string[], { home }: HomePaths): Error {
  const known = names.length === 0 ? 'There are none yet.' : `There are ${names.join(', ')}.`;
  return fail('PYLON_UNKNOWN_PYLON', { name, home, known });
}

function forPeople({ file, problems, warnings }: FileReport, home: string): string {
  const lines = [
    ...problems.map((problem) => `FAIL  ${formatProblem(problem, home)}`),
    ...warnings.map((warning) => `WARN  ${formatProblem(warning, home)}`),
  ];
  if (problems.length === 0) lines.unshift(`ok    ${file.startsWith(`${home}/`) ? file.slice(home.length + 1) : file}`);
  return lines.map((line) => `${line}\n`).join('');
}

function forPrograms({ pylon, file, problems, warnings }: FileReport): unknown {
  const shape = ({
    file: at,
    line = null,
    column = null,
    key = null,
    message,
  }: { [Key in keyof Problem]: Problem[Key] | null }): unknown => ({ file: at, line, column, key, message });
  return { pylon, file, ok: problems.length === 0, problems: problems.map(shape), warnings: warnings.map(shape) };
}
