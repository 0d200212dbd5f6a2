/**
 * The settings that are kept with a job, without any secret: what came from a variable is kept as `${VAR}` and looked up
 * anew; a secret that stands in the file itself is left out and taken from the file again when the job goes on.
 */
import { fail } from '../../src/errors.ts';
import type { PylonSettings } from '../../src/protocol/settings.ts';

/** Stands where a secret stood. Not a string that YAML can hold, so no setting can look like it. */
const leftOut = '\u0000in the file';

/** A copy of `settings` that can be stored. */
export function keepSettings(settings: PylonSettings): PylonSettings {
  return mapSecrets(settings, (value) => (isReference(value) ? value : leftOut));
}

/** What settings are restored for, and so which secrets have to be there. */
export type Purpose = 'run' | 'channel' | 'mask';

/** A run needs the sender's secret no more: its event has been verified. Its messages are sent later, by themselves. */
const needed: Readonly<Record<Purpose, readonly string[]>> = {
  run: ['agent.', 'workspace.'],
  channel: ['channel.'],
  mask: [],
};

/**
 * `kept` with its secrets again, from `current`. One that is not needed and not there is left as it was kept.
 * @throws PYLON_SECRET_GONE where a needed one stood in the file, and does not any more or the file cannot be used
 */
export function restoreSettings(kept: PylonSettings, current: PylonSettings | null, purpose: Purpose): PylonSettings {
  const secrets = current === null ? [] : [...collectSecrets(current)];
  return mapSecrets(kept, (value, field) => {
    if (value !== leftOut) return value;
    const found = secrets.find(([name]) => name === field)?.[1];
    if (found !== undefined) return found;
    if (!needed[purpose].some((part) => field.startsWith(part))) return value;
    throw fail('PYLON_SECRET_GONE', { field, pylon: kept.name });
  });
}

/** `${VAR}`, and nothing around it that could be a secret. */
function isReference(value: string): boolean {
  return /^(?:(?:Basic|Bearer|Token) )?\$\{\w+\}$/i.test(value);
}

function* collectSecrets(settings: PylonSettings): Generator<[string, string]> {
  const found: [string, string][] = [];
  mapSecrets(settings, (value, field) => {
    found.push([field, value]);
    return value;
  });
  yield* found;
}

type Replace = (value: string, field: string) => string;

function mapSecrets(settings: PylonSettings, replace: Replace): PylonSettings {
  const { trigger, workspace, channel, agent } = settings;
  const { webhook } = channel;
  return {
    ...settings,
    trigger:
      trigger.type === 'webhook' && trigger.secret !== undefined
        ? { ...trigger, secret: trigger.secret.map((value, index) => replace(value, `trigger.secret[${index}]`)) }
        : trigger,
    workspace: {
      ...workspace,
      ...(workspace.token === undefined ? {} : { token: replace(workspace.token, 'workspace.token') }),
    },
    channel: webhook === undefined ? channel : { ...channel, webhook: mapWebhook(webhook, replace) },
    agent: {
      ...agent,
      ...(agent.api_key === undefined ? {} : { api_key: replace(agent.api_key, 'agent.api_key') }),
      env: mapValues(agent.env, 'agent.env', replace),
    },
  };
}

type Webhook = NonNullable<PylonSettings['channel']['webhook']>;

function mapWebhook(webhook: Webhook, replace: Replace): Webhook {
  return {
    ...webhook,
    // Many services put the secret into the address itself.
    url: replace(webhook.url, 'channel.webhook.url'),
    ...(webhook.secret === undefined ? {} : { secret: replace(webhook.secret, 'channel.webhook.secret') }),
    ...(webhook.headers === undefined
      ? {}
      : { headers: mapValues(webhook.headers, 'channel.webhook.headers', replace) }),
  };
}

function mapValues(values: Readonly<Record<string, string>>, field: string, replace: Replace): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, replace(value, `${field}.${name}`)]));
}
