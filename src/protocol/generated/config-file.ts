// Made from schemas/ by `npm run gen:types`. Change the schema, not this file.

/**
 * The machine's settings: config.yaml.
 */
export interface ConfigFile {
  /**
   * The version of this file's form.
   */
  version: 1;
  server?: ServerFile;
  /**
   * docker: each run in a container. process: as a plain child process with NO sandbox, for trials on machines without Docker.
   */
  engine?: 'docker' | 'process';
  docker?: DockerFile;
  defaults?: DefaultsFile;
  jobs?: JobsFile;
  alerts?: ChannelFile1;
}
/**
 * The public listener.
 */
export interface ServerFile {
  /**
   * The address to listen on.
   */
  host?: string;
  /**
   * The port to listen on; 0 takes any free one.
   */
  port?: number;
  /**
   * The listener's address as senders see it. Default: http://<host name>:<port>.
   */
  public_url?: string;
  /**
   * The largest request body that is taken; 8mb at the most.
   */
  max_body?: string;
}
/**
 * How runs share the machine.
 */
export interface DockerFile {
  /**
   * Agents at once, over all pylons.
   */
  max_concurrent?: number;
  /**
   * What happens to an event while all slots are taken.
   */
  on_full?: 'reject' | 'queue';
  /**
   * Events that may wait for a slot, over all pylons.
   */
  max_queued?: number;
  /**
   * How long a run may take where its pylon does not say.
   */
  default_timeout?: string;
  /**
   * What happens to running agents when the daemon stops.
   */
  on_stop?: 'leave' | 'kill';
  limits?: RunLimitsFile;
  /**
   * Free disk below which nothing new is cloned or run.
   */
  min_free_disk?: string;
}
/**
 * Limits of one run where its pylon does not say.
 */
export interface RunLimitsFile {
  /**
   * CPUs of one run.
   */
  cpus?: number;
  /**
   * Memory of one run.
   */
  memory?: string;
  /**
   * Processes of one run.
   */
  pids?: number;
}
/**
 * What holds for every pylon that does not say otherwise.
 */
export interface DefaultsFile {
  /**
   * The zone of schedules. Default: the system's.
   */
  timezone?: string;
  channel?: ChannelFile;
  agent?: AgentDefaultsFile;
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
 * The usual agent, and for each type what holds for that type only.
 */
export interface AgentDefaultsFile {
  /**
   * The agent of pylons that name none.
   */
  type?: 'claude' | 'opencode' | 'command';
  claude?: AgentFile;
  opencode?: AgentFile;
  command?: AgentFile;
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
 * How long ended jobs are kept.
 */
export interface JobsFile {
  /**
   * How long an ended job's row is kept.
   */
  keep?: string;
  /**
   * How long an ended job's workspace is kept.
   */
  keep_workspaces?: string;
}
/**
 * Where outcomes are posted. Over defaults.channel of config.yaml.
 */
export interface ChannelFile1 {
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
