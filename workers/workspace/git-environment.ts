/** What git is told through its environment: who it is, what it may never do, and its credentials. Nothing is in argv. */
import { isAbsolute, join } from 'node:path';

import type { Remote } from './remote.ts';

export interface GitAccess {
  readonly remote: Remote;
  readonly token: string | undefined;
  readonly sshKey: string | undefined;
  /** The daemon user's own settings that reach a remote (`user-settings.ts`). */
  readonly settings: readonly Setting[];
}

export type Setting = readonly [key: string, value: string];

/** The environment of a git call that stays on this machine, or, with `access`, of one that talks to that remote. */
export function gitEnvironment(access?: GitAccess, more: readonly Setting[] = []): Record<string, string> {
  const settings = [...fixedSettings, ...(access === undefined ? [] : accessSettings(access)), ...more];
  return {
    ...inherited(access === undefined ? localNames : [...localNames, ...networkNames]),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: access === undefined ? 'none' : allowedProtocols(access.remote),
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_SSH_COMMAND: sshCommand(access?.sshKey),
    GIT_SSH_VARIANT: 'ssh',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** The environment of a call that looks up what the machine's and the user's own settings are. */
export function lookUpEnvironment(): Record<string, string> {
  return { ...inherited([...localNames, 'XDG_CONFIG_HOME']), LC_ALL: 'C' };
}

const localNames = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR'];
const networkNames = [
  'SSH_AUTH_SOCK',
  'XDG_CONFIG_HOME',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'CURL_CA_BUNDLE',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

function inherited(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** These outrank whatever a repository's own configuration says. */
const fixedSettings: readonly Setting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.fsync', 'committed,reference'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  // However small, a fetch leaves a pack: packs can be joined, loose objects would only pile up.
  ['fetch.unpackLimit', '1'],
  ['http.followRedirects', 'false'],
  // A server that stopped sending for a minute will not go on.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
  ['protocol.allow', 'never'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['advice.detachedHead', 'false'],
  ['init.defaultBranch', 'main'],
];

/** A user's own `insteadOf` may turn https into ssh; nothing may turn into a path or a program. */
function allowedProtocols({ scheme }: Remote): string {
  return scheme === 'https' || scheme === 'ssh' ? 'https:ssh' : `https:ssh:${scheme}`;
}

function accessSettings({ remote, token, settings }: GitAccess): Setting[] {
  if (remote.scheme !== 'https' && remote.scheme !== 'http') return [...settings];
  const pair = credentialOf(remote, token);
  if (pair === undefined) return [...settings];
  const header = `Authorization: Basic ${encoded(pair)}`;
  return [
    // What was given is used alone: the user's helpers and headers would only add a second, unasked-for identity.
    ...settings.filter(([key]) => !/^credential\./i.test(key) && !/\.extraheader$/i.test(key)),
    ['credential.helper', ''],
    [`http.${remote.scheme}://${remote.host}/.extraHeader`, header],
  ];
}

/** What must not be shown of a remote's complaint: servers repeat what they were sent, also as it was encoded. */
export function secretsOf({ remote, token }: GitAccess): readonly string[] {
  const pair = credentialOf(remote, token);
  const plain = [token, remote.userInfo?.password].filter(
    (secret): secret is string => secret !== undefined && secret !== '',
  );
  return [...plain, ...plain.map(encodeURIComponent), ...(pair === undefined ? [] : [encoded(pair)])];
}

const encoded = (pair: string): string => Buffer.from(pair).toString('base64');

/** `user:password` for HTTP; forges take a token as the password of any user. */
function credentialOf({ userInfo }: Remote, token: string | undefined): string | undefined {
  if (token !== undefined && token !== '') return token.includes(':') ? token : `x-access-token:${token}`;
  return userInfo === undefined ? undefined : `${userInfo.user}:${userInfo.password}`;
}

function sshCommand(key: string | undefined): string {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=accept-new',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    'ForwardAgent=no',
    'ClearAllForwardings=yes',
    ...(key === undefined ? [] : ['IdentitiesOnly=yes', 'IdentityAgent=none']),
  ];
  const identity = key === undefined ? '' : ` -i ${quote(sshKeyPath(key))}`;
  return `ssh ${options.map((option) => `-o ${option}`).join(' ')}${identity}`;
}

/** The file that `workspace.ssh_key` names; `~/` is the daemon user's home. */
export function sshKeyPath(key: string): string {
  const path = key.startsWith('~/') ? join(process.env['HOME'] ?? '/', key.slice(2)) : key;
  return isAbsolute(path) ? path : join('/', path);
}

/** One word of a shell's. */
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
