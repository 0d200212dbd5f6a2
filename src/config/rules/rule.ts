/** What the rules beyond the schema are given, and how they speak. */
import { PylonError } from '../../errors.ts';
import type { PylonFile, TriggerFile, WorkspaceFile } from '../../protocol/generated/pylon-file.ts';
import type { Machine } from '../machine.ts';
import type { Problem } from '../problem.ts';
import type { MapNode } from '../settings-tree.ts';
import { nearestNode, problemAt } from '../settings-tree.ts';

export interface RuleInput {
  /** Expanded, over the defaults, without what the schema refuses and without what a missing variable leaves open. */
  readonly file: SoundPart;
  /** Whether something is written at `path`, sound or not. */
  readonly has: (path: Path) => boolean;
  readonly tree: MapNode;
  readonly machine: Machine;
  /** The Pylon home. */
  readonly home: string;
  /** Whether the value at `path` came from a variable or may hold a secret, so that no message may quote it. */
  readonly isHidden: (path: Path) => boolean;
  readonly report: (path: Path, message: string) => void;
  readonly warn: (path: Path, message: string) => void;
}

/** What is left of a file once its faulty values are taken out. */
export interface SoundPart extends Partial<Omit<PylonFile, 'trigger' | 'workspace'>> {
  readonly trigger?: Partial<TriggerFile>;
  readonly workspace?: Partial<WorkspaceFile>;
}

export type Path = readonly (string | number)[];

/** Reports into `problems` what is said of the value at a path of `tree`, or of the nearest one around it. */
export function reporter(tree: MapNode, problems: Problem[]): RuleInput['report'] {
  return (path, message) => {
    const parts = path.map(String);
    problems.push(problemAt(nearestNode(tree, parts).place, message));
  };
}

/** Reports the sentence of a `PylonError` that `check` throws, without the `prefix` that names the field again. */
export function attempt({ report, isHidden }: RuleInput, path: Path, check: () => unknown, prefix = ''): void {
  try {
    check();
  } catch (thrown) {
    if (!(thrown instanceof PylonError)) throw thrown;
    const { code, message } = thrown;
    // The sentence quotes the value.
    if (isHidden(path))
      report(path, `what its variable is set to is refused (${code}); docs/errors.md says what is expected`);
    else report(path, message.startsWith(prefix) ? message.slice(prefix.length) : message);
  }
}

/** `value` for a message about `path`. */
export function quote({ isHidden }: RuleInput, path: Path, value: string): string {
  return isHidden(path) ? 'a value that is not shown here' : value;
}
