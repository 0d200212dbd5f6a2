/**
 * One pylon's settings in force: pylon.yaml over config.yaml's defaults, every default filled in, keys as in the files.
 *
 * Made by `src/config` alone. It travels to the pylon's thread, and is kept with a job, UNEXPANDED: any string may
 * hold `${VAR}`, and `$${` stands for a literal `${`. Fields that are never expanded (`agent.command` and templates)
 * arrive with their `${` already written as `$${`, so that expanding every string gives each field its true value.
 * Numbers and booleans that came from a variable are already of their type.
 */
export interface PylonSettings {
  readonly name: string;
  readonly description: string | null;
  readonly trigger: WebhookTrigger | CronTrigger;
  readonly workspace: WorkspaceSettings;
  readonly channel: ChannelSettings;
  readonly agent: AgentSettings;
  readonly limits: LimitSettings;
  readonly engine: 'docker' | 'process';
  readonly docker: {
    readonly on_full: 'reject' | 'queue';
    /** A size. */
    readonly min_free_disk: string;
  };
  readonly jobs: {
    /** A duration, or `forever`. */
    readonly keep: string;
    /** A duration. */
    readonly keep_workspaces: string;
  };
}

export type SignatureScheme =
  | 'github'
  | 'gitlab'
  | 'slack'
  | 'stripe'
  | 'standard'
  | 'sentry'
  | 'linear'
  | 'shopify'
  | 'hmac';

export interface WebhookTrigger {
  readonly type: 'webhook';
  readonly path: string;
  /** Where there is one, a request needs a signature by any of these. */
  readonly secret?: readonly string[];
  /** Set whenever `secret` is: as written, or inferred from `signature_header`. */
  readonly signature?: SignatureScheme;
  /** Lower case. Set for `hmac`. */
  readonly signature_header?: string;
  /** Where senders reach it, when not under server.public_url. */
  readonly public_url?: string;
}

export interface CronTrigger {
  readonly type: 'cron';
  readonly cron: string;
  readonly timezone: string;
}

export interface WorkspaceSettings {
  readonly type: 'git-clone' | 'git-worktree' | 'local' | 'none';
  /** Template. A URL, or for git-worktree also the path of a local repository. */
  readonly repo?: string;
  /** Template. A branch, tag or commit; the repository's default branch where absent. */
  readonly ref?: string;
  /** The directory of `local`. */
  readonly path?: string;
  readonly token?: string;
  readonly ssh_key?: string;
  /** Hosts that a templated `repo` may name: `github.com`, or `http://host` / `git://host` to allow those schemes too. */
  readonly hosts?: readonly string[];
}

export interface ChannelSettings {
  readonly type: 'telegram' | 'slack' | 'webhook' | 'stdout';
  /** Template. */
  readonly topic?: string;
  /** Template: the opening or approval text. */
  readonly message?: string;
  readonly approval: boolean;
  readonly webhook?: {
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly secret?: string;
    /** Template. */
    readonly body?: string;
  };
}

export interface AgentSettings {
  readonly type: 'claude' | 'opencode' | 'command';
  readonly auth?: 'oauth' | 'api_key' | 'none';
  readonly api_key?: string;
  /** Required for `command` on Docker. */
  readonly image?: string;
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Template. */
  readonly prompt?: string;
  /** A duration. */
  readonly timeout: string;
  /** `source:target[:ro|rw]` each. */
  readonly volumes: readonly string[];
  readonly network: 'open' | 'none';
  /** `uid` or `uid:gid`. */
  readonly user?: string;
  readonly read_only: boolean;
}

export interface LimitSettings {
  /** Agents of this pylon at once; only the machine's limit holds where absent. */
  readonly max_concurrent?: number;
  readonly max_queued?: number;
  readonly cpus: number;
  /** A size. */
  readonly memory: string;
  readonly pids: number;
  /** A size. */
  readonly disk: string;
}

/** Everything of config.yaml that the supervisor itself needs, defaults filled in, expanded. */
export interface MachineSettings {
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly public_url: string;
    readonly max_body_bytes: number;
  };
  readonly engine: 'docker' | 'process';
  readonly docker: {
    readonly max_concurrent: number;
    readonly on_full: 'reject' | 'queue';
    readonly max_queued: number;
    readonly on_stop: 'leave' | 'kill';
  };
}

/** What `${VAR}` may stand for besides the pylon's own `.env` (read afresh for each use): only variables its files name. */
export interface Variables {
  readonly process: Readonly<Record<string, string>>;
  readonly home: Readonly<Record<string, string>>;
}
