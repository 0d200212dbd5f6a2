/** A sound pylon.yaml (over its defaults) as the settings that workers are given: every default filled in. */
import type {
  AgentFile,
  ChannelFile,
  LimitsFile,
  PylonFile,
  TriggerFile,
  WorkspaceFile,
} from '../protocol/generated/pylon-file.ts';
import type {
  AgentSettings,
  ChannelSettings,
  CronTrigger,
  LimitSettings,
  PylonSettings,
  WebhookTrigger,
  WorkspaceSettings,
} from '../protocol/settings.ts';
import { escapeVariables } from '../variables.ts';
import type { Machine } from './machine.ts';
import { inferScheme } from './signature-headers.ts';

/** @param kept unexpanded, as it is to be kept; @param file the same expanded, for what must be known now */
export function fillSettings(kept: PylonFile, file: PylonFile, machine: Machine): PylonSettings {
  const { docker = {}, jobs = {} } = machine.file;
  return {
    name: file.name,
    description: kept.description ?? null,
    trigger:
      kept.trigger.type === 'cron'
        ? cronTrigger(kept.trigger, machine)
        : webhookTrigger(file.name, kept.trigger, file.trigger),
    workspace: workspaceSettings(kept.workspace),
    channel: channelSettings(kept.channel ?? {}),
    agent: agentSettings(kept.agent ?? {}, escapeVariables(docker.default_timeout ?? '15m')),
    limits: limitSettings(kept.limits ?? {}, machine),
    engine: machine.settings.engine,
    docker: { on_full: machine.settings.docker.on_full, min_free_disk: escapeVariables(docker.min_free_disk ?? '1g') },
    jobs: {
      keep: escapeVariables(jobs.keep ?? '90d'),
      keep_workspaces: escapeVariables(jobs.keep_workspaces ?? '24h'),
    },
  };
}

function webhookTrigger(
  name: string,
  kept: TriggerFile,
  { signature, signature_header: header, path, public_url: publicUrl }: TriggerFile,
): WebhookTrigger {
  const scheme = signature ?? (header === undefined ? undefined : inferScheme(header));
  return {
    type: 'webhook',
    // The supervisor routes by it, and expands nothing.
    path: escapeVariables(path ?? `/${name}`),
    ...(publicUrl === undefined ? {} : { public_url: escapeVariables(publicUrl) }),
    ...(kept.secret === undefined ? {} : { secret: [kept.secret].flat() }),
    ...(scheme === undefined ? {} : { signature: scheme }),
    ...(header === undefined ? {} : { signature_header: escapeVariables(header.toLowerCase()) }),
  };
}

function cronTrigger(kept: TriggerFile, machine: Machine): CronTrigger {
  const system = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    type: 'cron',
    cron: kept.cron ?? '',
    timezone: kept.timezone ?? escapeVariables(machine.file.defaults?.timezone ?? system),
  };
}

function workspaceSettings(kept: WorkspaceFile = { type: 'none' }): WorkspaceSettings {
  return kept;
}

function channelSettings({ type = 'stdout', topic, message, approval = false, webhook }: ChannelFile): ChannelSettings {
  return {
    type,
    approval,
    ...(topic === undefined ? {} : { topic }),
    ...(message === undefined ? {} : { message }),
    ...(webhook === undefined || type !== 'webhook' ? {} : { webhook }),
  };
}

function agentSettings(kept: AgentFile, defaultTimeout: string): AgentSettings {
  const {
    type = 'claude',
    auth,
    api_key,
    image,
    command,
    env = {},
    prompt,
    timeout,
    volumes = [],
    network,
    user,
    read_only,
  } = kept;
  return {
    type,
    ...(auth === undefined ? {} : { auth: auth === 'api-key' ? 'api_key' : auth }),
    ...(api_key === undefined ? {} : { api_key }),
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command }),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)])),
    ...(prompt === undefined ? {} : { prompt }),
    timeout: timeout ?? defaultTimeout,
    volumes,
    network: network === 'none' ? 'none' : 'open',
    ...(user === undefined ? {} : { user: String(user) }),
    read_only: read_only ?? true,
  };
}

function limitSettings(
  { max_concurrent, max_queued, cpus, memory, pids, disk }: LimitsFile,
  machine: Machine,
): LimitSettings {
  const usual = machine.file.docker?.limits ?? {};
  return {
    ...(max_concurrent === undefined ? {} : { max_concurrent }),
    ...(max_queued === undefined ? {} : { max_queued }),
    cpus: cpus ?? usual.cpus ?? 2,
    memory: memory ?? escapeVariables(usual.memory ?? '4g'),
    pids: pids ?? usual.pids ?? 512,
    disk: disk ?? '10g',
  };
}
