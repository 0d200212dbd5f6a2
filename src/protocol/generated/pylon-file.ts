// Made from schemas/ by `npm run gen:types`. Change the schema, not this file.

/**
 * CPUs of one run.
 */
export type Cpus = number;

/**
 * One pipeline: pylons/<name>/pylon.yaml.
 */
export interface PylonFile {
  /**
   * The pylon's name; the same as its directory's.
   */
  name: string;
  /**
   * For people.
   */
  description?: string;
  /**
   * A disabled pylon takes no events; the jobs it has are finished.
   */
  disabled?: boolean;
  /**
   * When it was made; written by the commands.
   */
  created?: string;
  trigger: TriggerFile;
  workspace?: WorkspaceFile;
  channel?: ChannelFile;
  agent?: AgentFile;
  limits?: LimitsFile;
}
/**
 * What starts a job: an event that is POSTed, or the clock.
 */
export interface TriggerFile {
  /**
   * What starts a job.
   */
  type: 'webhook' | 'cron';
  /**
   * webhook: the path on the public listener. Default: /<name>.
   */
  path?: string;
  /**
   * webhook: the secret that the sender signs with; a list while it is being rotated. Best as ${VARIABLE}, its value in this pylon's .env.
   *
   * @minItems 1
   * @maxItems 16
   */
  secret?: string | string[];
  /**
   * webhook: how the sender signs. Follows from a well-known signature_header where absent.
   */
  signature?: 'github' | 'gitlab' | 'slack' | 'stripe' | 'standard' | 'sentry' | 'linear' | 'shopify' | 'hmac';
  /**
   * webhook: the header with the signature. Needed for hmac.
   */
  signature_header?: string;
  /**
   * webhook: this pylon's address as its sender sees it, where it differs from server.public_url.
   */
  public_url?: string;
  /**
   * webhook: conditions that must all hold; other events are answered 200 and ignored.
   *
   * @maxItems 100
   */
  filter?: {
    [k: string]: {
      [k: string]: unknown;
    };
  }[];
  /**
   * cron: five fields (minute hour day month weekday), or @hourly and its kin.
   */
  cron?: string;
  /**
   * cron: the zone of the schedule. Default: defaults.timezone of config.yaml.
   */
  timezone?: string;
  /**
   * cron: what becomes of times that passed while Pylon was down.
   */
  catchup?: 'skip' | 'once' | 'all';
  /**
   * cron: how far back missed times count.
   */
  catchup_window?: string;
  /**
   * cron: what happens while an earlier job of this schedule is unfinished.
   */
  overlap?: 'allow' | 'skip' | 'queue';
}
/**
 * What the agent finds in /workspace. Default: nothing.
 */
export interface WorkspaceFile {
  /**
   * git-clone: a fresh shallow clone per job. git-worktree: from a local repository or a cached clone, without copying its objects. local: a directory mounted in place. none: an empty directory.
   */
  type: 'git-clone' | 'git-worktree' | 'local' | 'none';
  /**
   * git-clone, git-worktree: the repository's URL (https, ssh, http or git), for git-worktree also the path of a local repository. A template.
   */
  repo?: string;
  /**
   * git-clone, git-worktree: a branch, tag or commit. A template. Default: the repository's default branch.
   */
  ref?: string;
  /**
   * local: the directory.
   */
  path?: string;
  /**
   * A token for a private repository over https. Best as ${VARIABLE}.
   */
  token?: string;
  /**
   * The path of a private ssh key for a private repository.
   */
  ssh_key?: string;
  /**
   * The hosts that a templated repo may name; required where its host comes from the template. https and ssh are allowed to each, http and git where listed so (http://host, git://host).
   *
   * @minItems 1
   * @maxItems 100
   */
  hosts?: string[];
}
/**
 * Where outcomes are posted. Over defaults.channel of config.yaml.
 */
export interface ChannelFile {
  /**
   * Where outcomes are posted. stdout: the daemon's own output.
   */
  type?: 'telegram' | 'slack' | 'webhook' | 'stdout';
  /**
   * The job's title. A template.
   */
  topic?: string;
  /**
   * The text that opens the job's thread, or asks for approval. A template.
   */
  message?: string;
  /**
   * Ask a person before a job runs.
   */
  approval?: boolean;
  /**
   * How long to wait for that person; the job is dismissed then. Default: for ever.
   */
  approval_timeout?: string;
  telegram?: TelegramFile;
  slack?: SlackFile;
  webhook?: WebhookChannelFile;
}
export interface TelegramFile {
  /**
   * The bot's token.
   */
  bot_token?: string;
  /**
   * The chat; 0 is learned from the first message of an allowed user.
   */
  chat_id?: number | string;
  /**
   * Ids of those who may press a button or talk to an agent.
   */
  allowed_users?: (number | string)[];
  /**
   * Another Bot API server.
   */
  api_url?: string;
}
export interface SlackFile {
  /**
   * The bot's token (xoxb-…).
   */
  bot_token?: string;
  /**
   * The app-level token for Socket Mode (xapp-…).
   */
  app_token?: string;
  /**
   * The channel.
   */
  channel_id?: string;
  /**
   * Ids of those who may press a button or talk to an agent.
   */
  allowed_users?: string[];
  /**
   * Another API server.
   */
  api_url?: string;
}
export interface WebhookChannelFile {
  /**
   * Where events are POSTed.
   */
  url: string;
  /**
   * Further headers of each request. Their values are treated as secrets.
   */
  headers?: {
    [k: string]: string;
  };
  /**
   * Signs each request as Standard Webhooks do (whsec_<base64>).
   */
  secret?: string;
  /**
   * The body instead of Pylon's own JSON. A template.
   */
  body?: string;
}
/**
 * What runs. Over defaults.agent.<type> of config.yaml.
 */
export interface AgentFile {
  /**
   * claude and opencode: built-in agents. command: any image with any argv.
   */
  type?: 'claude' | 'opencode' | 'command';
  /**
   * How the agent proves itself to its provider.
   */
  auth?: 'oauth' | 'api_key' | 'api-key' | 'none';
  /**
   * The provider's key. Best as ${VARIABLE}.
   */
  api_key?: string;
  /**
   * The provider of the model.
   */
  provider?: string;
  /**
   * Where the credentials of oauth are. Default: ~/.claude.
   */
  oauth_path?: string;
  /**
   * The container image. Required for command on Docker; pulled where it is missing.
   */
  image?: string;
  /**
   * command: the argv; replaces the image's entry point. Never expanded.
   *
   * @minItems 1
   * @maxItems 1000
   */
  command?: string[];
  /**
   * Environment variables of the agent. Those that Pylon sets itself (HOME, PROMPT, PYLON_…) are not allowed.
   */
  env?: {
    [k: string]: string | number | boolean;
  };
  /**
   * What the agent is asked. A template.
   */
  prompt?: string;
  /**
   * How long a run may take, its workspace included. Default: docker.default_timeout of config.yaml.
   */
  timeout?: string;
  /**
   * Host directories or files: source:target, read-only unless :rw is added.
   *
   * @maxItems 100
   */
  volumes?: string[];
  /**
   * open: what the host reaches. none: no network. allow: the named hosts only.
   */
  network?:
    | ('open' | 'none')
    | {
        allow: string[];
      };
  /**
   * Ends a run that cost more.
   */
  max_cost_usd?: number;
  /**
   * Runs as this user of the container: uid or uid:gid. Default: the daemon's own, never root.
   */
  user?: string | number;
  /**
   * Whether the container's root file system is read-only.
   */
  read_only?: boolean;
}
/**
 * Limits of this pylon; those of a run over docker.limits of config.yaml.
 */
export interface LimitsFile {
  /**
   * Agents of this pylon at once.
   */
  max_concurrent?: number;
  /**
   * Events of this pylon that may wait for a slot.
   */
  max_queued?: number;
  cpus?: Cpus;
  /**
   * Memory of one run.
   */
  memory?: string;
  /**
   * Processes of one run.
   */
  pids?: number;
  /**
   * Disk that one run's workspace and home may fill.
   */
  disk?: string;
  /**
   * Events taken in a minute; more are answered 429.
   */
  events_per_minute?: number;
  /**
   * Jobs that may wait for a person at once.
   */
  waiting_approvals?: number;
  /**
   * What this pylon's agents may cost in a day.
   */
  cost_usd_per_day?: number;
}
