/** What `pylon test` sends where no payload is given: small, but shaped like the real thing. */
import type { WebhookTrigger } from '../protocol/settings.ts';

export interface Sample {
  /** The value of `X-GitHub-Event`. */
  readonly event: string;
  readonly payload: unknown;
}

export function samplePayload(trigger: WebhookTrigger): Sample {
  return trigger.signature === 'hmac'
    ? { event: 'test', payload: alert }
    : { event: 'pull_request', payload: pullRequest };
}

/** The event that a payload of GitHub's most likely belongs to, by the objects in it. */
export function eventOf(payload: unknown): string {
  const known = ['pull_request', 'issue', 'release', 'workflow_run', 'deployment'] as const;
  if (typeof payload !== 'object' || payload === null) return 'ping';
  if ('commits' in payload) return 'push';
  const found = known.find((key) => key in payload);
  return found === 'issue' ? 'issues' : (found ?? 'ping');
}

const octocat = { login: 'octocat', id: 583231, type: 'User', html_url: 'https://github.com/octocat' };

const repository = {
  id: 1296269,
  name: 'Hello-World',
  full_name: 'octocat/Hello-World',
  private: false,
  owner: octocat,
  html_url: 'https://github.com/octocat/Hello-World',
  clone_url: 'https://github.com/octocat/Hello-World.git',
  ssh_url: 'git@github.com:octocat/Hello-World.git',
  default_branch: 'master',
};

const pullRequest = {
  action: 'opened',
  number: 1,
  pull_request: {
    id: 1,
    number: 1,
    state: 'open',
    draft: false,
    title: 'A pull request made up by pylon test',
    body: 'Nothing to see here: this shows that the way from the event to the outcome works.',
    html_url: 'https://github.com/octocat/Hello-World/pull/1',
    user: octocat,
    head: { ref: 'master', sha: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', repo: repository },
    base: { ref: 'master', sha: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', repo: repository },
    additions: 1,
    deletions: 0,
    changed_files: 1,
  },
  repository,
  sender: octocat,
};

const alert = {
  event: 'test',
  id: '00000000-0000-4000-8000-000000000000',
  title: 'An event made up by pylon test',
  message: 'Nothing is wrong: this shows that the way from the event to the outcome works.',
  level: 'info',
  url: 'https://example.com/events/1',
};
