/** From a signed webhook to the posted outcome, with the installed command, a real clone, a real container and a real commit. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { JobDetail, JobListing } from '../../src/protocol/job.ts';
import { containersOf, startDaemon, until, untilDelivered, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { makeRepository, runGit, startGitServer } from '../support/git-server.ts';
import type { GitServer, Repository } from '../support/git-server.ts';
import { makeHome, secret } from '../support/home.ts';
import { installPylon } from '../support/installed.ts';
import type { Installed } from '../support/installed.ts';
import { homeIdOf, removeTestHome } from '../support/remove-home.ts';
import { ensureTestImages, gitImage } from '../support/test-image.ts';

/** What the agent does: shows that it was asked and where it is, waits until the test has seen that, and commits. */
const agent = `set -e
cat "$PYLON_PROMPT_FILE"; echo
pwd
git log --format='%H %s' -1
while [ ! -e /home/pylon/go ]; do sleep 0.05; done
echo "looks fine" > REVIEW.md
git add REVIEW.md
git -c user.name=Agent -c user.email=agent@example.com commit --quiet -m 'Review of the pull request'
echo "reviewed $PYLON_NAME"`;

const channelKey = Buffer.from('thirty-two bytes for the channel');

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real GitHub payload, of a pull request whose repository and head are ours. */
function pullRequest(cloneUrl: string, sha: string): Record<string, unknown> {
  const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
    name: string;
    examples: Record<string, unknown>[];
  }[];
  const example = structuredClone(events.find(({ name }) => name === 'pull_request')?.examples[0] ?? {});
  const { repository, pull_request: pull } = example as {
    repository: Record<string, unknown>;
    pull_request: { head: Record<string, unknown> };
  };
  repository['clone_url'] = cloneUrl;
  pull.head['sha'] = sha;
  return example;
}

function pylonYaml(name: string, more: string, host: string): string {
  return `name: ${name}
description: Looks at pull requests
trigger: { type: webhook, secret: '\${HOOK_SECRET}', signature: github }
workspace:
  type: git-clone
  repo: '{{ .body.repository.clone_url }}'
  ref: '{{ .body.pull_request.head.sha }}'
  hosts: ['${host}']
agent:
  type: command
  image: ${gitImage}
  network: none
  command: [sh, -c, ${JSON.stringify(agent)}]
  prompt: |-
    Review pull request {{ .body.number }} of {{ .body.repository.full_name }}: {{ .body.pull_request.title }}
${more}`;
}

describe('the main path', { concurrency: 1 }, () => {
  const home = makeHome();
  const repositories = mkdtempSync(path.join(tmpdir(), 'pylon-repositories-'));
  const posted: Posted[] = [];
  const channel = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      posted.push({ headers: request.headers, body });
      response.end();
    });
  });
  let git: GitServer;
  let hello: Repository;
  let installed: Installed;
  let daemon: Daemon;
  let channelUrl = '';

  before(async () => {
    ensureTestImages();
    installed = installPylon();
    hello = await makeRepository(
      path.join(repositories, 'hello.git'),
      { 'README.md': 'Hello\n' },
      { branches: { change: { 'a.txt': 'a\n' } } },
    );
    git = await startGitServer({ dir: repositories });
    channel.listen(0, '127.0.0.1');
    await once(channel, 'listening');
    channelUrl = `http://127.0.0.1:${(channel.address() as AddressInfo).port}/hooks/room`;
    writeFileSync(
      path.join(home.home, 'config.yaml'),
      'version: 1\nserver: { port: 0 }\ndocker: { min_free_disk: 10mb }\n',
      { mode: 0o600 },
    );
    const toChannel = `channel:
  type: webhook
  topic: 'PR {{ .body.number }}'
  webhook: { url: '${channelUrl}', secret: 'whsec_${channelKey.toString('base64')}' }
`;
    home.pylon('review', pylonYaml('review', toChannel, git.httpUrl), { HOOK_SECRET: secret });
    home.pylon(
      'notes',
      pylonYaml('notes', '', git.gitUrl).replace('type: webhook,', 'type: webhook, path: /hooks/notes,'),
      { HOOK_SECRET: secret },
    );
    home.pylon('a-third-one', pylonYaml('a-third-one', '', git.gitUrl), { HOOK_SECRET: secret });
    daemon = await startDaemon(home.home, { program: installed.program });
  });

  after(async () => {
    await daemon?.end('SIGKILL');
    channel.closeAllConnections();
    channel.close();
    await git?.stop();
    installed?.remove();
    rmSync(repositories, { recursive: true, force: true });
    await removeTestHome(home);
  });

  const pylon = (...args: readonly string[]): string =>
    execFileSync(installed.program, [...args, '--home', home.home], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
  const isListed = (id: string): JobListing => {
    const jobs = JSON.parse(pylon('jobs', '--json')) as JobListing[];
    const job = jobs.find((each) => each.id === id);
    assert.ok(job !== undefined, `pylon jobs lists ${id}`);
    return job;
  };
  /** Lets the agent of the job go on. */
  const letGo = (name: string, id: string): void =>
    writeFileSync(path.join(home.home, 'pylons', name, 'jobs', id, 'home', 'go'), '');

  test('`pylon start` says what it serves, line by line', () => {
    const port = new URL(daemon.url).port;
    const banner = `Powering up pylons...

  a-third-one              ok  webhook /a-third-one
  notes                    ok  webhook /hooks/notes
  review                   ok  webhook /review

3 pylons active -- listening on 0.0.0.0:${port}
`;
    assert.equal(daemon.stdout(), banner);
    assert.equal(daemon.stderr(), '');
  });

  test('a signed pull request is cloned over http, reviewed, committed, and told to a webhook channel', async () => {
    const sha = hello.commits['change'] ?? '';
    const cloneUrl = `${git.httpUrl}/hello.git`;
    const answer = await daemon.send('/review', pullRequest(cloneUrl, sha));
    assert.equal(answer.status, 202);
    assert.equal(answer.body.status, 'accepted');
    const id = answer.body.job_id ?? '';
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

    await untilJob(daemon, id, 'running');
    const following = spawn(installed.program, ['logs', id.slice(0, 8), '-f', '--home', home.home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let followed = '';
    following.stdout.setEncoding('utf8').on('data', (text: string) => (followed += text));
    const followedToTheEnd = once(following, 'exit');
    await until('`logs -f` shows the first lines', () => (followed.includes(' on change') ? true : undefined));
    assert.equal(isListed(id).status, 'running');
    assert.match(pylon('jobs', 'review'), new RegExp(`${id.slice(0, 8)} .*running`));
    letGo('review', id);

    const job = await untilJob(daemon, id);
    assert.equal(job.status, 'done', job.error ?? '');
    const log = `Review pull request 2 of Codertocat/Hello-World: Update the README with new information.
/workspace
${sha} on change
reviewed review
`;
    assert.deepEqual(await followedToTheEnd, [0, null]);
    assert.equal(followed, log);
    assert.equal(pylon('logs', id), log);

    const run = job.runs[0];
    assert.equal(run?.repo, cloneUrl);
    assert.equal(run.commit, sha);
    assert.equal(run.result, log.trimEnd());
    const workspace = path.join(home.home, 'pylons', 'review', 'jobs', id, 'workspace');
    assert.equal(await runGit(workspace, 'log', '-1', '--format=%P %s'), `${sha} Review of the pull request`);

    await untilDelivered(daemon, id);
    assert.deepEqual(
      posted.map(({ body }) => (JSON.parse(body) as { event: string }).event),
      ['job.started', 'job.ended'],
    );
    for (const each of posted) assertSigned(each);
    const told = JSON.parse(posted[1]?.body ?? '') as Record<string, unknown>;
    const { pylon: name, job_id: told_id, status, result } = told;
    assert.deepEqual(
      { name, told_id, status, result },
      { name: 'review', told_id: id, status: 'done', result: run.result },
    );
  });

  test('the same over git:// ends on the daemon’s own output, and the commands show it', async () => {
    const before = daemon.stdout().length;
    const answer = await daemon.send('/hooks/notes', pullRequest(`${git.gitUrl}/hello.git`, hello.commit));
    assert.equal(answer.status, 202);
    const id = answer.body.job_id ?? '';
    await untilJob(daemon, id, 'running');
    letGo('notes', id);
    assert.equal((await untilJob(daemon, id)).status, 'done');
    await untilDelivered(daemon, id);
    const short = id.slice(0, 8);
    assert.equal(
      daemon.stdout().slice(before),
      `
== notes · ${short} · started


== notes · ${short} · done
  | Review pull request 2 of Codertocat/Hello-World: Update the README with new information.
  | /workspace
  | ${hello.commit} first
  | reviewed notes

`,
    );

    const { status, trigger, run, error, parent, duration_ms: took } = isListed(id);
    assert.deepEqual(
      { status, trigger, run, error, parent },
      { status: 'done', trigger: 'webhook', run: 1, error: null, parent: null },
    );
    assert.ok(took !== null && took > 0);
    const npx = spawn('npx', ['pylon', 'jobs', 'notes', '--home', home.home], {
      cwd: installed.project,
      env: { ...process.env, ...installed.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let table = '';
    npx.stdout.setEncoding('utf8').on('data', (text: string) => (table += text));
    assert.deepEqual(await once(npx, 'close'), [0, null]);
    assert.match(table, new RegExp(`^${short} +notes +done`, 'm'));
    const page = pylon('show', short);
    for (const line of [
      id,
      'pylon +notes',
      `repository +${git.gitUrl}/hello.git`,
      `commit +${hello.commit}`,
      'reviewed notes',
      'job.ended +delivered',
    ]) {
      assert.match(page, new RegExp(line));
    }
    const detail = JSON.parse(pylon('show', short, '--json')) as JobDetail;
    assert.deepEqual(
      detail.timeline.map((entry) => entry.status),
      ['pending', 'running', 'done'],
    );
    assert.ok(!page.includes(secret) && !JSON.stringify(detail).includes(secret));
  });

  test('a payload whose signature is wrong or that names another host makes no clone', async () => {
    const forged = await daemon.send('/review', pullRequest(`${git.httpUrl}/hello.git`, hello.commit), {
      secret: 'guessed',
    });
    assert.equal(forged.status, 401);
    assert.equal(forged.body.error?.code, 'PYLON_BAD_SIGNATURE');
    const foreign = await daemon.send('/review', pullRequest('https://elsewhere.example/hello.git', hello.commit));
    const job = await untilJob(daemon, foreign.body.job_id ?? '');
    assert.equal(job.status, 'failed');
    assert.match(job.error ?? '', /elsewhere\.example/);
  });

  test('`pylon stop` leaves nothing running, and history stays readable', async () => {
    const stopped = pylon('stop');
    assert.match(stopped, /^Stopped the daemon of /);
    assert.equal(await daemon.end(), 0);
    assert.equal((JSON.parse(pylon('jobs', '--json')) as unknown[]).length, 3);
    assert.deepEqual(containersOf(homeIdOf(home)), []);
  });
});

/** Standard Webhooks: base64 HMAC-SHA256 of `<id>.<timestamp>.<body>`. */
function assertSigned({ headers, body }: Posted): void {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
  assert.ok(Math.abs(Number(at) - Date.now() / 1_000) < 60);
  const expected = createHmac('sha256', channelKey)
    .update(`${String(id)}.${String(at)}.${body}`)
    .digest('base64');
  assert.equal(signature, `v1,${expected}`);
}
