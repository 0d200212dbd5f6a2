/** What a job's workspace is made from, and what making one gives back. `prepare.ts` chooses among the four kinds. */
import type { Clock } from '../../src/clock.ts';
import type { GroupRegister } from '../child/start-in-group.ts';

export interface WorkspaceRequest {
  readonly type: 'git-clone' | 'git-worktree' | 'local' | 'none';
  /** Rendered; undefined for `local` and `none`. */
  readonly repo: string | undefined;
  /** Rendered; undefined for the default branch. */
  readonly ref: string | undefined;
  /** The directory of `local`. */
  readonly path: string | undefined;
  readonly token: string | undefined;
  readonly sshKey: string | undefined;
  /** As in `workspace.hosts`: needed, and enforced, where the host part of `repo` came from a template. */
  readonly hosts: readonly string[] | undefined;
  /** Whether any part of `repo` came from a payload: then only https, ssh (or what `hosts` allows) and no user info. */
  readonly repoIsTemplated: boolean;
  readonly refIsTemplated: boolean;
  /** `pylons/<name>/jobs/<job id>`: `workspace/` is made below it. */
  readonly jobDirectory: string;
  /** Cached bare clones of the home. */
  readonly repos: string;
  readonly home: string;
  /** Who will work in it: made the owner where the daemon is root. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

export interface PreparedWorkspace {
  /** Host directory for /workspace. */
  readonly directory: string;
  /** Directories that the workspace's git directory borrows objects from, to be mounted read-only at the same path. */
  readonly borrowed: readonly string[];
  /** The commit checked out, or undefined where there is no git. */
  readonly commit: string | undefined;
}

export interface WorkspaceContext {
  /** Ends the making, and every program that takes part in it; its reason is what `prepareWorkspace` rejects with. */
  readonly signal: AbortSignal;
  readonly group: GroupRegister;
  /** How large the workspace, or what a fetch adds to a cached clone, may grow; no limit where absent. Bytes on disk. */
  readonly maxBytes?: number;
  /** Told what is being done, one line each, without credentials. */
  readonly log?: (line: string) => void;
  readonly clock?: Clock;
}
