/** Which repository a URL names, and whether a job may clone it. */
import { fail } from '../../src/errors.ts';

export interface Remote {
  readonly scheme: 'https' | 'ssh' | 'http' | 'git';
  /** Lower case, with the port where it is not the scheme's own. */
  readonly host: string;
  /** What git is given: without a password. May name a user. */
  readonly url: string;
  /** What people and the workspace's `origin` see: without any credentials. */
  readonly shown: string;
  /** User and password that were written in the URL. */
  readonly userInfo: { readonly user: string; readonly password: string } | undefined;
}

export interface RemoteRules {
  readonly repo: string;
  /** Part of the URL came from a payload: only https and ssh, to a listed host where `hosts` is given, without user info. */
  readonly repoIsTemplated: boolean;
  readonly hosts: readonly string[] | undefined;
}

/**
 * The remote repository that `repo` names: `https://`, `ssh://`, `http://`, `git://` or `user@host:path`.
 * Throws PYLON_REPO_INVALID, PYLON_HOST_NOT_LISTED.
 */
export function parseRemote({ repo, repoIsTemplated, hosts }: RemoteRules): Remote {
  const parts = split(repo, repoIsTemplated);
  const isDefaultPort = parts.port === undefined || parts.port === defaultPorts[parts.scheme];
  const host = isDefaultPort ? parts.host : `${parts.host}:${parts.port}`;
  if (repoIsTemplated) checkTemplated(parts, host, hosts);
  // ssh needs its user to log in; it is no secret there.
  const user = parts.user === '' ? '' : `${parts.user}@`;
  const place = `${host}${parts.path}`;
  return {
    scheme: parts.scheme,
    host,
    url: `${parts.scheme}://${user}${place}`,
    shown: `${parts.scheme}://${parts.scheme === 'ssh' ? user : ''}${place}`,
    userInfo: parts.password === '' ? undefined : { user: decode(parts.user), password: decode(parts.password) },
  };
}

/** `repo` for a message: user info left out, control characters too. */
export function showRepo(repo: string): string {
  return repo
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
    .replace(/[\p{Cc}\u2028\u2029]/gu, '?')
    .slice(0, 300);
}

interface Parts {
  readonly scheme: Remote['scheme'];
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: string | undefined;
  /** Starts with a slash. */
  readonly path: string;
}

const defaultPorts: Readonly<Record<Remote['scheme'], string>> = { https: '443', ssh: '22', http: '80', git: '9418' };

const host = String.raw`(?<host>[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])`;
const urlForm = new RegExp(
  String.raw`^(?<scheme>https|ssh|http|git)://(?:(?<user>[^\s/@:?#\\]*)(?::(?<password>[^\s/@?#\\]*))?@)?${host}(?::(?<port>\d{1,5}))?(?<path>/[^\s?#\\\p{Cc}]+)$`,
  'iu',
);
const scpForm = new RegExp(String.raw`^(?:(?<user>[a-z0-9_][a-z0-9._-]*)@)${host}:(?<path>[^\s?#\\\p{Cc}:]+)$`, 'iu');

/** As in the schema: what a payload makes may be no longer. It goes to git in one argument. */
const longestRepo = 4_096;

function split(repo: string, repoIsTemplated: boolean): Parts {
  if (repo.length > longestRepo) throw invalid(repo, `is longer than ${longestRepo} characters`);
  const { groups } = urlForm.exec(repo) ?? scpForm.exec(repo) ?? {};
  if (groups === undefined) throw invalid(repo, whyNotUrl(repo, repoIsTemplated));
  const path = `/${(groups['path'] ?? '').replace(/^\//, '')}`;
  const segments = path.split('/').map((segment) => segment.replace(/%2e/gi, '.'));
  if (segments.some((segment) => segment === '.' || segment === '..' || segment.startsWith('-'))) {
    throw invalid(repo, 'has a "." or ".." segment, or one that starts with "-", in its path');
  }
  return {
    scheme: (groups['scheme'] ?? 'ssh').toLowerCase() as Remote['scheme'],
    user: groups['user'] ?? '',
    password: groups['password'] ?? '',
    host: (groups['host'] ?? '').toLowerCase(),
    port: groups['port'],
    path,
  };
}

function whyNotUrl(repo: string, repoIsTemplated: boolean): string {
  if (/^[a-z]+:\/\//i.test(repo) && /[\s\p{Cc}\\]/u.test(repo))
    return 'contains white space, a backslash or a control character';
  if (repoIsTemplated && !/^(?:https|ssh):/i.test(repo))
    return 'was made from a payload, and so must be an https:// or ssh:// URL';
  if (/^file:|^\.{0,2}\//i.test(repo)) {
    return 'is a path of this machine, which only `git-worktree` takes (as an absolute path, not as file://)';
  }
  if (repo.includes('?') || repo.includes('#')) return 'has a query or a fragment';
  return 'is not an https://, ssh://, http:// or git:// URL, nor of the form user@host:path';
}

function checkTemplated(parts: Parts, host: string, hosts: readonly string[] | undefined): void {
  const { scheme } = parts;
  const shown = `${scheme}://${host}${parts.path}`;
  // `git@` is how every forge spells ssh; it gives nothing to whoever sent it.
  const mayNameUser = scheme === 'ssh' && parts.user === 'git' && parts.password === '';
  if ((parts.user !== '' || parts.password !== '') && !mayNameUser) {
    throw invalid(shown, 'was made from a payload and names a user or password, which a payload may not');
  }
  const listed = (hosts ?? []).map((entry) => entry.toLowerCase().replace(/\/+$/, ''));
  const spellings = [host, `${parts.host}:${parts.port ?? defaultPorts[scheme]}`];
  const byScheme = spellings.some((spelling) => listed.includes(`${scheme}://${spelling}`));
  if (scheme === 'http' || scheme === 'git') {
    if (byScheme) return;
    const reason = `was made from a payload and is not https or ssh; list "${scheme}://${host}" in workspace.hosts to allow it`;
    throw invalid(shown, reason);
  }
  if (hosts === undefined || byScheme || spellings.some((spelling) => listed.includes(spelling))) return;
  throw fail('PYLON_HOST_NOT_LISTED', { repo: shown, host, hosts: hosts.join(', ') || 'none' });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const invalid = (repo: string, reason: string): Error => fail('PYLON_REPO_INVALID', { repo: showRepo(repo), reason });
