/** Settings with their variables replaced, and the secrets among them: for whoever uses settings, on whichever thread. */
import { homedir } from 'node:os';
import { join } from 'node:path';

import { fail } from '../errors.ts';
import { expandVariables, MissingVariable, variableNames } from '../variables.ts';
import type { Lookup } from '../variables.ts';
import { secretFields } from './generated/secret-fields.ts';
import type { PylonSettings } from './settings.ts';

/**
 * `settings` as they are to be used: variables replaced, `~/` in paths replaced by the daemon user's home directory.
 *
 * @throws PYLON_VARIABLE_MISSING for a variable that was set when the settings were checked and is not any more
 */
export function expandSettings(settings: PylonSettings, lookup: Lookup): PylonSettings {
  const expanded = expand(settings, lookup);
  const { workspace } = expanded;
  return {
    ...expanded,
    workspace: {
      ...workspace,
      ...(workspace.path === undefined ? {} : { path: withHome(workspace.path) }),
      ...(workspace.ssh_key === undefined ? {} : { ssh_key: withHome(workspace.ssh_key) }),
    },
  };
}

function expand(settings: PylonSettings, lookup: Lookup): PylonSettings {
  try {
    return expandVariables(settings, lookup);
  } catch (thrown) {
    if (!(thrown instanceof MissingVariable)) throw thrown;
    throw fail('PYLON_VARIABLE_MISSING', { variable: thrown.variable, pylon: settings.name }, { cause: thrown });
  }
}

/** `path` with a leading `~/` replaced by the home directory of the daemon's user. */
export function withHome(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}

/** Shorter values would hide half of what an agent prints. */
const shortestSecret = 6;

/**
 * Every known secret value of `settings` (unexpanded), for masking: secret fields whole and the variables in them, what
 * is called a credential in `agent.env`, and what came from variables there and in the channel's address. Variables that
 * are not set are passed over.
 */
export function secretValues(settings: PylonSettings, lookup: Lookup): string[] {
  const found = new Set<string>();
  visitStrings(settings, [], (text, path) => {
    const names = variableNames(text);
    const secret = matches(path, secretFields) || isCredential(path);
    if (!secret && (names.length === 0 || !matches(path, fieldsOfVariables))) return;
    for (const name of names) found.add(lookup(name) ?? '');
    found.add(expandVariables(text, (name) => lookup(name) ?? ''));
  });
  return [...found].filter((value) => value.length >= shortestSecret);
}

/** Not secret as such, but what a variable puts there usually is. */
const fieldsOfVariables = ['agent.env', 'channel.webhook.url'];

/** An agent's own variable that holds a credential, by its name: also where its value stands in the file itself. */
function isCredential(path: readonly string[]): boolean {
  return matches(path, ['agent.env']) && /key|token|secret|passw|credential|auth/i.test(path.at(-1) ?? '');
}

/** Whether `path` is one of `fields` or lies below one. */
function matches(path: readonly string[], fields: readonly string[]): boolean {
  return fields.some((field) => field.split('.').every((part, index) => part === '*' || part === path[index]));
}

function visitStrings(
  value: unknown,
  path: readonly string[],
  visit: (text: string, path: readonly string[]) => void,
): void {
  if (typeof value === 'string') {
    visit(value, path);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) visitStrings(child, [...path, key], visit);
}
