/** Where secrets may be is where they are used; this looks for them everywhere else. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { ask } from '../control/raw-request.ts';
import { runPylonCommand, startDaemon, until, untilJob } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { makeRepository, startGitServer } from '../support/git-server.ts';
import type { GitServer } from '../support/git-server.ts';
import { makeHome } from '../support/home.ts';
import { removeTestHome } from '../support/remove-home.ts';
import { busyboxImage, ensureTestImages } from '../support/test-image.ts';

/** Every secret by what it is; `literal` ones stand in the YAML, `variable` ones in three other places. */
const kinds = ['hook', 'token', 'signing', 'header', 'address', 'key'] as const;
type Kind = (typeof kinds)[number];
type Secrets = Readonly<Record<Kind, string>>;

const secretsOf = (where: string): Secrets => ({
  hook: `hook+${where}/5Jq8Xw`,
  token: `tok_${where}_9Vb2Lm`,
  signing: `whsec_${Buffer.from(`signing key of ${where} 3Rt7`).toString('base64')}`,
  header: `Bearer hdr.${where}.7Yz4`,
  address: `adr-${where}-1Kp6Qs`,
  key: `sk-${where}-0Nd3Fh`,
});
const literal = secretsOf('literal');
const variable = secretsOf('variable');
const rotated = 'hook-rotated-2Wc8';
const inUrl = 'pw-in-url-6Gj5Tx';

/** Prints what it was given in every way that it can, then fails where it is told to. */
const agent = `env; env >&2; cat "$PYLON_PROMPT_FILE"; cat .git/config; echo "$API_KEY" | sed 's/./&\\n/5'
echo "{\\"result\\":\\"the key is $API_KEY\\",\\"session_id\\":\\"$API_KEY\\"}"`;

interface Posted {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('a secret', { concurrency: 1 }, () => {
  const home = makeHome();
  const root = mkdtempSync(path.join(tmpdir(), 'pylon-secrets-'));
  const posted: Posted[] = [];
  /** What the channel answers, by the first segment of its path. A careless service repeats all that it was sent. */
  const channel = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { url = '', headers } = request;
      posted.push({ url, headers, body });
      const said = JSON.stringify({ url, headers });
      const status = Number(/^\/(\d{3})\//.exec(url)?.[1] ?? 200);
      response.writeHead(status, said.replace(/[^ -~]/g, '').slice(0, 500), { location: `http://localhost${url}` });
      response.end(said);
    });
  });
  let git: GitServer;
  let daemon: Daemon;
  let channelUrl = '';
  const gitCalls = path.join(root, 'git-calls');
  /** Everything a sender was answered. */
  let answers = '';

  const pylon = (
    name: string,
    secrets: Secrets | Readonly<Record<Kind, string>>,
    { repo = 'private.git', status = 200, hook = secrets.hook, exit = 0, url = git.httpUrl } = {},
  ): string => `name: ${name}
trigger: { type: webhook, secret: ['${hook}'], signature: github }
workspace: { type: git-clone, repo: '${url}/${repo}', token: '${secrets.token}' }
channel:
  type: webhook
  webhook:
    url: '${channelUrl}/${status}/${secrets.address}?key=${secrets.address}'
    secret: '${secrets.signing}'
    headers: { Authorization: '${secrets.header}' }
agent:
  type: command
  image: ${busyboxImage}
  network: none
  env: { API_KEY: '${secrets.key}' }
  command: [sh, -c, ${JSON.stringify(`${agent}; exit ${exit}`)}]
  prompt: 'payload {{ json .body }} headers {{ json .headers }}'
`;
  const names = (where: string): Record<Kind, string> =>
    Object.fromEntries(kinds.map((kind) => [kind, `\${${where}_${kind.toUpperCase()}}`])) as Record<Kind, string>;
  const variables = (where: string, some: readonly Kind[]): Record<string, string> =>
    Object.fromEntries(some.map((kind) => [`${where}_${kind.toUpperCase()}`, variable[kind]]));

  before(async () => {
    ensureTestImages();
    const repositories = path.join(root, 'repositories');
    await makeRepository(path.join(repositories, 'private.git'), { 'README.md': 'Hello\n' });
    git = await startGitServer({ dir: repositories, intercept: (...each) => careless(...each) });
    channel.listen(0, '127.0.0.1');
    await once(channel, 'listening');
    channelUrl = `http://127.0.0.1:${(channel.address() as AddressInfo).port}`;

    home.pylon('literal', pylon('literal', literal));
    // From the pylon's own .env, the environment of the daemon, and the home's .env.
    home.pylon('variable', pylon('variable', names('V')), variables('V', ['hook', 'token', 'key']));
    writeFileSync(
      path.join(home.home, '.env'),
      Object.entries(variables('V', ['address', 'header']))
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
      { mode: 0o600 },
    );
    const userInfo = git.httpUrl.replace('://', `://someone:${inUrl}@`);
    const inRepo = pylon('in-url', literal, { url: userInfo }).replace(/, token: '[^']*'/, '');
    home.pylon('in-url', inRepo);
    const templated = inRepo.replace('private.git', '{{ .body.name }}.git').replace('name: in-url', 'name: in-url-too');
    home.pylon('in-url-too', templated);
    home.pylon('refused', pylon('refused', literal, { repo: 'refused.git' }));
    home.pylon('exits', pylon('exits', literal, { exit: 3, status: 404 }));
    home.pylon('not-told', pylon('not-told', literal, { status: 500 }));
    home.pylon('redirected', pylon('redirected', literal, { status: 307 }));
    // Names another pylon's variable.
    home.pylon('thief', pylon('thief', { ...literal, key: '${V_KEY}' }));
    // Its own environment holds nothing of the others'.
    home.pylon('bystander', pylon('bystander', { ...secretsOf('bystander'), hook: rotated }));

    const bin = path.join(root, 'bin');
    mkdirSync(bin);
    const realGit = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(
      path.join(bin, 'git'),
      `#!/bin/sh\n{ echo "== $PWD $*"; env; } >> ${gitCalls}\nexec ${realGit} "$@"\n`,
    );
    chmodSync(path.join(bin, 'git'), 0o755);
    const env = {
      ...variables('V', ['signing']),
      PATH: `${bin}:${process.env['PATH']}`,
      DAEMON_ONLY: 'daemon-only-4Hs',
    };
    daemon = await startDaemon(home.home, { env });
  });

  after(async () => {
    await daemon?.end('SIGKILL');
    channel.closeAllConnections();
    channel.close();
    await git?.stop();
    rmSync(root, { recursive: true, force: true });
    await removeTestHome(home);
  });

  const run = async (name: string, key: string): Promise<string> => {
    const wrong = await daemon.send(`/${name}`, { authorization: 'none' }, { secret: 'wrong' });
    assert.equal(wrong.status, 401);
    const answer = await daemon.send(`/${name}`, { n: 1 }, { secret: key });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    answers += JSON.stringify([wrong.body, answer.body]);
    return answer.body.job_id ?? '';
  };

  test('does its work wherever it comes from', async () => {
    const wanted = [
      ['literal', literal.hook, 'done'],
      ['variable', variable.hook, 'done'],
      ['refused', literal.hook, 'failed'],
      ['exits', literal.hook, 'failed'],
      ['not-told', literal.hook, 'done'],
      ['redirected', literal.hook, 'done'],
      ['bystander', rotated, 'done'],
    ] as const;
    for (const [name, key, status] of wanted) {
      const job = await untilJob(daemon, await run(name, key));
      assert.equal(job.status, status, `${name}: ${job.error}`);
    }
    await until('every outcome was posted, or tried to be', async () => {
      const jobs = await daemon.control.jobs({ pylon: null, status: null, limit: 100 });
      const details = await Promise.all(jobs.map(({ id }) => daemon.control.job(id)));
      const tried = details.flatMap(({ deliveries }) => deliveries.slice(0, 1)).every(({ attempts }) => attempts > 0);
      return tried && posted.filter(({ body }) => body.includes('job.ended')).length >= 6 ? true : undefined;
    });
    for (const [name, secrets] of [
      ['literal', literal],
      ['variable', variable],
    ] as const) {
      const message = posted.find(({ body }) => body.includes(`"pylon":"${name}"`));
      assert.equal(message?.headers.authorization, secrets.header);
      assert.equal(message.url, `/200/${secrets.address}?key=${secrets.address}`);
    }
    assert.match(daemon.stdout(), /thief +FAIL .*V_KEY/);
    // Where it could only be shown, it is refused.
    for (const name of ['in-url', 'in-url-too'])
      assert.match(daemon.stdout(), new RegExp(`^  ${name} +FAIL .*workspace.token`, 'm'));
  });

  test('is in nothing that Pylon prints, stores, lists, answers or posts', async () => {
    const places = new Map<string, string>([
      ['the daemon’s output', daemon.stdout()],
      ['the daemon’s log', daemon.stderr()],
      ['answers to senders', answers],
      ['what was posted', posted.map(({ body }) => body).join('\n')],
    ]);
    const command = (...args: readonly string[]): void => {
      const { stdout, stderr } = runPylonCommand(home.home, args, variables('V', ['signing']));
      places.set(`pylon ${args.join(' ')}`, stdout + stderr);
    };
    for (const json of [[], ['--json']]) {
      command('list', ...json);
      command('jobs', ...json);
      command('validate', ...json);
    }
    for (const url of ['/v1/status', '/v1/pylons', '/v1/jobs']) {
      places.set(url, (await ask(home.home, 'GET', url)).body);
    }
    for (const { id, pylon: name } of await daemon.control.jobs({ pylon: null, status: null, limit: 100 })) {
      if (name === 'literal') for (const verb of ['show', 'logs']) command(verb, id);
      command('show', id, '--json');
      for (const part of ['', '/log']) {
        places.set(`/v1/jobs/${id}${part} of ${name}`, (await ask(home.home, 'GET', `/v1/jobs/${id}${part}`)).body);
      }
    }
    command('test', 'literal', '--payload', '{}');
    gatherFiles(places, 'while it runs');
    for (const { id } of await daemon.control.jobs({ pylon: null, status: null, limit: 100 }))
      await untilJob(daemon, id);
    assert.equal(await daemon.end(), 0);
    gatherFiles(places, 'at rest');
    places.set('the daemon’s log at the end', daemon.stderr() + daemon.stdout());
    for (const [place, text] of places) {
      for (const secret of spellings())
        assert.ok(!text.includes(secret), `${secret} is in ${place}:\n${around(text, secret)}`);
    }
    // It was looked for where it would have been.
    assert.ok([...places].some(([place, text]) => /agent\.log/.test(place) && text.includes('API_KEY=[secret]')));
    assert.ok([...places].some(([place, text]) => /jobs\.db/.test(place) && text.includes('"pylon":"literal"')));
  });

  test('of one pylon is in no program that another one starts', () => {
    const calls = readFileSync(gitCalls, 'utf8').split(/^== /m);
    const jobOf = (call: string): string => /\/pylons\/([a-z-]+)\/jobs\//.exec(call)?.[1] ?? '';
    const others = calls.filter((call) => jobOf(call) === 'bystander');
    assert.ok(others.length > 2, `${others.length} calls of git by the bystander`);
    for (const call of others) {
      for (const secret of [...spellings(), 'daemon-only-4Hs']) assert.ok(!call.includes(secret), call);
    }
    // No credential is in an argument list, where every user of the machine could read it.
    for (const call of calls) {
      const [argv = ''] = call.split('\n');
      for (const secret of spellings()) assert.ok(!argv.includes(secret), argv);
    }
  });

  test('is not repeated by `pylon validate` about a file that is wrong about it', () => {
    const good = pylon('faulty', literal);
    const wrong: readonly (readonly [what: string, yaml: string])[] = [
      ['a key with another name', good.replace('secret: [', 'secrets: [')],
      ['a token as a list', good.replace(`token: '${literal.token}'`, `token: ['${literal.token}']`)],
      ['a token as a mapping', good.replace(`token: '${literal.token}'`, `token: { '${literal.token}': 1 }`)],
      ['a token under an unknown key', good.replace('token:', 'tokne:')],
      [
        'headers as a list',
        good.replace('headers: {', 'headers: [').replace(`'${literal.header}' }`, `'${literal.header}' ]`),
      ],
      ['a header with a line break', good.replace(`'${literal.header}'`, `"${literal.header}\\nx: y"`)],
      ['an address that is none', good.replace(`url: 'http://`, `url: 'ftp://`)],
      ['an address with a space', good.replace('?key=', '? key=')],
      ['a tab before the secret', good.replace('    secret:', '\t  secret:')],
      ['an open quote', good.replace(`'${literal.signing}'`, `'${literal.signing}`)],
      ['a secret twice', good.replace(`    secret:`, `    secret: '${literal.signing}'\n    secret:`)],
      ['an alias', good.replace(`['${literal.hook}']`, `[&a '${literal.hook}', *a]`)],
      ['a tag', good.replace(`'${literal.token}'`, `!!int '${literal.token}'`)],
      ['a variable that is not set', good.replace(`'${literal.token}'`, `'${literal.token}\${NOT_SET}'`)],
      ['a variable that never ends', good.replace(`'${literal.token}'`, `'${literal.token}\${OPEN'`)],
      ['a repository with a password', good.replace('http://', `ftp://me:${inUrl}@`)],
      [
        'a repository with a password and a fragment',
        good.replace('private.git', 'private.git#x').replace('http://', `http://me:${inUrl}@`),
      ],
      ['variables as a list', good.replace(/env: .*/, `env: ['API_KEY=${literal.key}']`)],
      ['a number where text is wanted', good.replace(`'${literal.key}'`, `[${literal.key}]`)],
      [
        'an approval that is a secret',
        good.replace('  type: webhook\n  webhook', `  approval: '\${F_KEY}'\n  type: webhook\n  webhook`),
      ],
      ['a limit that is a secret', `${good}limits: { memory: '\${F_KEY}', cpus: '\${F_KEY}', pids: '\${F_KEY}' }\n`],
      ['a type that is a secret', good.replace('network: none', "network: '${F_KEY}'")],
      ['a volume that is a secret', good.replace('network: none', "network: none\n  volumes: ['${F_KEY}']")],
    ];
    for (const [index, [what, yaml]] of wrong.entries()) {
      assert.notEqual(yaml, good, what);
      const name = `faulty-${index}`;
      home.pylon(name, yaml.replace('name: faulty', `name: ${name}`), { F_KEY: variable.key });
    }
    for (const json of [[], ['--json']]) {
      const { code, stdout, stderr } = runPylonCommand(home.home, ['validate', ...json]);
      const said = stdout + stderr;
      assert.equal(code, 1);
      for (const secret of spellings()) assert.ok(!said.includes(secret), around(said, secret));
      for (const [index, [what]] of wrong.entries()) {
        if (json.length === 0) assert.match(said, new RegExp(`^FAIL +pylons/faulty-${index}/pylon.yaml`, 'm'), what);
      }
    }
  });

  /** Databases, logs and whatever else lies in the home, without the settings themselves. */
  function gatherFiles(places: Map<string, string>, when: string): void {
    for (const entry of readdirSync(home.home, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === 'pylon.yaml' || entry.name === '.env') continue;
      const file = path.join(entry.parentPath, entry.name);
      places.set(`${file} ${when}`, readFileSync(file, 'latin1'));
    }
  }
});

/** A git server that repeats what it was sent: to `private.git` any credentials open, to `refused.git` none do. */
function careless(request: IncomingMessage, response: ServerResponse): boolean {
  const { authorization } = request.headers;
  const known = authorization?.startsWith('Basic ') === true;
  const pair = known ? Buffer.from(authorization.slice(6), 'base64').toString() : '';
  if (known && !(request.url ?? '').startsWith('/refused')) return false;
  const status = known ? 403 : 401;
  response.writeHead(status, { 'content-type': 'text/plain', 'www-authenticate': 'Basic realm="git"' });
  response.end(`fatal: ${authorization} (${pair}) may not read this\nerror: ${encodeURIComponent(pair)}\n`);
  return true;
}

/** Every secret, and the forms that it takes on its way. */
function spellings(): string[] {
  const plain = [literal, variable].flatMap((secrets) => kinds.map((kind) => secrets[kind]));
  const base64 = [
    `x-access-token:${literal.token}`,
    `x-access-token:${variable.token}`,
    `someone:${inUrl}`,
    literal.token,
    variable.token,
  ].map((text) => Buffer.from(text).toString('base64'));
  const bare = [literal, variable].flatMap(({ header, signing }) => [header.slice(7), signing.slice(6)]);
  return [...plain, ...base64, ...bare, inUrl, rotated];
}

const around = (text: string, found: string): string => {
  const at = text.indexOf(found);
  return text.slice(Math.max(0, at - 200), at + 200);
};
