/** What the schema cannot say about `workspace`: what each kind needs, and which repositories and directories it may name. */
import type { Stats } from 'node:fs';
import { statSync } from 'node:fs';

import { withHome } from '../../protocol/expand-settings.ts';
import type { WorkspaceFile } from '../../protocol/generated/pylon-file.ts';
import { hostIsTemplated } from '../../../workers/template/repo-host.ts';
import { checkRef } from '../../../workers/workspace/ref.ts';
import { parseRemote } from '../../../workers/workspace/remote.ts';
import { checkPlace } from './place-rules.ts';
import type { RuleInput } from './rule.ts';
import { attempt, quote } from './rule.ts';

const fields = ['repo', 'ref', 'path', 'token', 'ssh_key', 'hosts'] as const;
const used: Readonly<Record<WorkspaceFile['type'], readonly (typeof fields)[number][]>> = {
  'git-clone': ['repo', 'ref', 'token', 'ssh_key', 'hosts'],
  'git-worktree': ['repo', 'ref', 'token', 'ssh_key', 'hosts'],
  local: ['path'],
  none: [],
};

export function workspaceRules(input: RuleInput): void {
  const { type } = input.file.workspace ?? {};
  if (type === undefined) return;
  for (const field of fields) {
    if (input.has(['workspace', field]) && !used[type].includes(field)) {
      input.report(['workspace', field], `is not used by \`type: ${type}\`; remove it, or choose another type`);
    }
  }
  if (type === 'git-clone' || type === 'git-worktree') gitRules(input, type);
  if (type === 'local') localRules(input);
}

function gitRules(input: RuleInput, type: WorkspaceFile['type']): void {
  const { report, has } = input;
  const { repo, ref } = input.file.workspace ?? {};
  if (!has(['workspace', 'repo'])) {
    report(['workspace'], `the key \`workspace.repo\` is missing; \`type: ${type}\` needs a repository`);
  }
  if (ref !== undefined && !ref.includes('{{')) attempt(input, ['workspace', 'ref'], () => checkRef(ref));
  if (repo === undefined) return;
  if (/^\s*file:/i.test(repo)) {
    report(
      ['workspace', 'repo'],
      'file:// is not allowed; `git-worktree` takes the path of a local repository as it is',
    );
    return;
  }
  if (repo.includes('{{')) {
    if (/^[a-z][a-z0-9+.-]*:\/\/[^/{]*:[^/{]*@/i.test(repo)) reportPassword(input);
    if (hostIsTemplated(repo)) hostRules(input);
    return;
  }
  if (type === 'git-worktree' && /^(\/|~\/)/.test(repo)) checkPlace(input, ['workspace', 'repo'], withHome(repo));
  else attempt(input, ['workspace', 'repo'], () => refusePassword(input, repo));
}

function hostRules({ report, has, file }: RuleInput): void {
  if (!has(['workspace', 'hosts'])) {
    report(
      ['workspace', 'repo'],
      'its host comes from the template, so `workspace.hosts` must list the hosts that it may name, e.g. [github.com]',
    );
  }
  if (file.trigger?.type === 'webhook' && !has(['trigger', 'secret'])) {
    report(
      ['workspace', 'repo'],
      'its host comes from the event, so the trigger needs a `secret`: else anybody could choose what is cloned',
    );
  }
}

function refusePassword(input: RuleInput, repo: string): void {
  const remote = parseRemote({ repo, repoIsTemplated: false, hosts: undefined });
  const named = remote.userInfo !== undefined || (remote.scheme !== 'ssh' && remote.url !== remote.shown);
  if (named) reportPassword(input);
}

function reportPassword({ report }: RuleInput): void {
  report(
    ['workspace', 'repo'],
    'holds a user or password, which would show in listings; put the token into `workspace.token`',
  );
}

function localRules(input: RuleInput): void {
  const { path } = input.file.workspace ?? {};
  if (!input.has(['workspace', 'path'])) {
    input.report(['workspace'], 'the key `workspace.path` is missing; `type: local` needs a directory');
  }
  if (path === undefined) return;
  const directory = withHome(path);
  checkPlace(input, ['workspace', 'path'], directory);
  const shown = quote(input, ['workspace', 'path'], directory);
  const found = lookAt(directory);
  if (found === undefined) return;
  if (!found.isDirectory()) input.report(['workspace', 'path'], `expected a directory; ${shown} is none`);
  else if (found.uid === 0 && input.machine.settings.engine === 'docker' && !input.has(['agent', 'user'])) {
    input.report(
      ['workspace', 'path'],
      `${shown} belongs to root, and agents do not run as root; set \`agent.user\`, or give it to another user`,
    );
  }
}

/** undefined for one that is not there or cannot be looked at, which has been warned about. */
function lookAt(directory: string): Stats | undefined {
  try {
    return statSync(directory);
  } catch {
    return undefined;
  }
}
