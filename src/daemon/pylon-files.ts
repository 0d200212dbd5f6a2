/** The pylons of a home as their files say, for the supervisor. */
import { formatProblem } from '../config/problem.ts';
import type { HomePaths } from '../config/home.ts';
import type { Machine } from '../config/machine.ts';
import { loadPylon } from '../config/pylon.ts';
import { listPylonNames } from '../config/pylon-names.ts';
import type { Log } from '../log.ts';
import type { PylonFile } from '../supervisor/pylon-file.ts';

export interface PylonFiles {
  /** Every directory below `pylons/` with a name that a pylon can have. */
  names(): readonly string[];
  /** What else lies below `pylons/` and looks like a pylon, a line each that says why it is none. */
  strange(): readonly string[];
  /** What the pylon's files say now; undefined where its directory is gone. Warnings go to the log. */
  read(name: string): PylonFile | undefined;
}

/** @param named the pylons to serve; empty: all */
export function pylonFiles(
  paths: HomePaths,
  machine: Machine,
  named: ReadonlySet<string>,
  logFor: (name: string) => Log,
): PylonFiles {
  const names = (): readonly string[] => listPylonNames(paths).names;
  return {
    names,
    strange: () => listPylonNames(paths).strange.map((problem) => formatProblem(problem, paths.home)),
    read(name) {
      if (!names().includes(name)) return undefined;
      const loaded = loadPylon(paths, name, machine);
      for (const warning of loaded.warnings) logFor(name).warn(formatProblem(warning, paths.home));
      const { variables } = loaded;
      if (!loaded.ok) {
        return {
          kind: 'faulty',
          variables,
          problems: loaded.problems.map((problem) => formatProblem(problem, paths.home)),
        };
      }
      const served = loaded.disabled ? 'disabled' : named.size > 0 && !named.has(name) ? 'not-named' : 'yes';
      return { kind: 'usable', variables, settings: loaded.settings, served };
    },
  };
}
