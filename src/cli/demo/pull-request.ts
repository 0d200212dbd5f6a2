/**
 * The event that the demo sends itself: GitHub's `pull_request` webhook, action `opened`, as a GitHub Enterprise Server at
 * `forge` would send it. In GitHub's shape and with its links; a few dozen URL templates that nobody reads are left out.
 */
import type { DemoRepository } from './repository.ts';

export const organization = 'octo-shop';
export const repositoryName = 'basket';

export interface PullRequestOptions {
  /** Where the repository is cloned from: `http://127.0.0.1:<port>`. */
  readonly forge: string;
  readonly repository: DemoRepository;
  /** When it was opened. */
  readonly at: Date;
}

const number = 7;
const title = 'Discount codes';
const description = 'Customers can enter a code such as WELCOME10 at the checkout.\r\n\r\nCloses #5.';

export function pullRequestPayload({ forge, repository, at }: PullRequestOptions): Readonly<Record<string, unknown>> {
  const repo = repositoryOf(forge, at);
  const author = user(forge, 'octocat', 583231, 'User');
  return {
    action: 'opened',
    number,
    pull_request: {
      ...identity(repo),
      state: 'open',
      locked: false,
      title,
      user: author,
      body: description,
      created_at: timeOf(at),
      updated_at: timeOf(at),
      closed_at: null,
      merged_at: null,
      merge_commit_sha: null,
      assignee: null,
      assignees: [],
      requested_reviewers: [],
      requested_teams: [],
      labels: [],
      milestone: null,
      head: { ...branchOf(repository.branch, repository.head), user: repo.owner, repo },
      base: { ...branchOf(repo.default_branch, repository.base), user: repo.owner, repo },
      _links: links(repo, repository.head),
      author_association: 'MEMBER',
      auto_merge: null,
      active_lock_reason: null,
      draft: false,
      merged: false,
      mergeable: null,
      rebaseable: null,
      mergeable_state: 'unknown',
      merged_by: null,
      comments: 0,
      review_comments: 0,
      maintainer_can_modify: false,
      commits: 1,
      additions: repository.additions,
      deletions: repository.deletions,
      changed_files: repository.changedFiles,
    },
    repository: repo,
    organization: organizationOf(forge),
    sender: author,
  };
}

function identity(repo: Repository): Readonly<Record<string, unknown>> {
  return {
    url: `${repo.url}/pulls/${number}`,
    id: 2_107_385_106,
    node_id: 'PR_kwDOABPHjc59nCWS',
    html_url: `${repo.html_url}/pull/${number}`,
    diff_url: `${repo.html_url}/pull/${number}.diff`,
    patch_url: `${repo.html_url}/pull/${number}.patch`,
    issue_url: `${repo.url}/issues/${number}`,
    number,
    commits_url: `${repo.url}/pulls/${number}/commits`,
    comments_url: `${repo.url}/issues/${number}/comments`,
  };
}

function branchOf(ref: string, sha: string): Readonly<Record<string, string>> {
  return { label: `${organization}:${ref}`, ref, sha };
}

function links(repo: Repository, head: string): Readonly<Record<string, { readonly href: string }>> {
  return {
    self: { href: `${repo.url}/pulls/${number}` },
    html: { href: `${repo.html_url}/pull/${number}` },
    issue: { href: `${repo.url}/issues/${number}` },
    comments: { href: `${repo.url}/issues/${number}/comments` },
    review_comments: { href: `${repo.url}/pulls/${number}/comments` },
    commits: { href: `${repo.url}/pulls/${number}/commits` },
    statuses: { href: `${repo.url}/statuses/${head}` },
  };
}

type Repository = ReturnType<typeof repositoryOf>;

function repositoryOf(forge: string, at: Date) {
  const fullName = `${organization}/${repositoryName}`;
  return {
    id: 1_296_269,
    node_id: 'R_kgDOABPHjQ',
    name: repositoryName,
    full_name: fullName,
    private: false,
    owner: user(forge, organization, 9_919, 'Organization'),
    html_url: `${forge}/${fullName}`,
    description: 'What a basket costs',
    fork: false,
    url: `${forge}/api/v3/repos/${fullName}`,
    created_at: '2025-10-09T08:53:20Z',
    updated_at: timeOf(at),
    pushed_at: timeOf(at),
    git_url: `git://${new URL(forge).host}/${fullName}.git`,
    ssh_url: `git@${new URL(forge).hostname}:${fullName}.git`,
    clone_url: `${forge}/${fullName}.git`,
    svn_url: `${forge}/${fullName}`,
    homepage: null,
    size: 4,
    stargazers_count: 0,
    watchers_count: 0,
    language: 'JavaScript',
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: 2,
    license: null,
    allow_forking: true,
    is_template: false,
    topics: [],
    visibility: 'public',
    forks: 0,
    open_issues: 2,
    watchers: 0,
    default_branch: 'main',
  };
}

function user(forge: string, login: string, id: number, type: 'User' | 'Organization') {
  const api = `${forge}/api/v3/users/${login}`;
  return {
    login,
    id,
    node_id: Buffer.from(`04:${type}${id}`).toString('base64'),
    avatar_url: `${forge}/avatars/u/${id}?v=4`,
    gravatar_id: '',
    url: api,
    html_url: `${forge}/${login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type,
    site_admin: false,
  };
}

function organizationOf(forge: string): Readonly<Record<string, unknown>> {
  const api = `${forge}/api/v3/orgs/${organization}`;
  return {
    login: organization,
    id: 9_919,
    node_id: Buffer.from('12:Organization9919').toString('base64'),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${forge}/avatars/u/9919?v=4`,
    description: 'Everything for the sea',
  };
}

/** GitHub's times have no fractions of a second. */
function timeOf(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}
