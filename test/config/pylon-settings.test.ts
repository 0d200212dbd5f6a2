import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { expandSettings, secretValues } from '../../src/protocol/expand-settings.ts';
import { lookupIn } from '../../src/variables.ts';
import { homeOfFiles, lines, rightPylon } from './home-of-files.ts';
import type { HomeOfFiles } from './home-of-files.ts';

function settingsOf(home: HomeOfFiles, env: Record<string, string> = {}) {
  const loaded = home.pylon('p', env);
  if (!loaded.ok) throw new Error(lines(loaded.problems, home.paths.home).join('\n'));
  return loaded;
}

describe('a right pylon.yaml', () => {
  it('gets every default', () => {
    using home = homeOfFiles({ 'pylons/p/pylon.yaml': rightPylon() });
    assert.deepEqual(settingsOf(home).settings, {
      name: 'p',
      description: null,
      trigger: { type: 'webhook', path: '/p' },
      workspace: { type: 'none' },
      channel: { type: 'stdout', approval: false },
      agent: {
        type: 'command',
        image: 'debian:bookworm-slim',
        env: {},
        timeout: '15m',
        volumes: [],
        network: 'open',
        read_only: true,
      },
      limits: { cpus: 2, memory: '4g', pids: 512, disk: '10g' },
      engine: 'docker',
      docker: { on_full: 'reject', min_free_disk: '1g' },
      jobs: { keep: '90d', keep_workspaces: '24h' },
    });
  });

  it('goes over the defaults of config.yaml: objects merge key by key, lists replace', () => {
    using home = homeOfFiles({
      'config.yaml': `version: 1
docker: { default_timeout: 5m, on_full: queue, limits: { memory: 1g, pids: 100 } }
jobs: { keep: forever }
defaults:
  agent:
    type: command
    command: { image: debian, command: [a, b, c], env: { ONE: "1", TWO: "2" }, network: none }
    claude: { image: other }
  channel: { type: webhook, topic: T, webhook: { url: "https://a.example/x", headers: { A: a } } }
`,
      'pylons/p/pylon.yaml': `name: p
trigger: { type: webhook }
agent: { command: [d], env: { TWO: zwei } }
channel: { webhook: { headers: { B: b } } }
limits: { pids: 7 }
`,
    });
    const { agent, channel, limits, docker, jobs } = settingsOf(home).settings;
    assert.deepEqual(agent.command, ['d']);
    assert.deepEqual(agent.env, { ONE: '1', TWO: 'zwei' });
    assert.equal(agent.image, 'debian');
    assert.equal(agent.network, 'none');
    assert.equal(agent.timeout, '5m');
    assert.deepEqual(channel, {
      type: 'webhook',
      topic: 'T',
      approval: false,
      webhook: { url: 'https://a.example/x', headers: { A: 'a', B: 'b' } },
    });
    assert.deepEqual(limits, { cpus: 2, memory: '1g', pids: 7, disk: '10g' });
    assert.equal(docker.on_full, 'queue');
    assert.equal(jobs.keep, 'forever');
  });

  it('infers the scheme from a well-known header in any case, and takes any other for a hex HMAC', () => {
    const trigger = (header: string): string => `name: p
trigger: { type: webhook, secret: [old-secret, new-secret], signature_header: ${header} }
agent: { type: command, image: debian }
`;
    using home = homeOfFiles({ 'pylons/p/pylon.yaml': trigger('x-hub-SIGNATURE-256') });
    assert.deepEqual(settingsOf(home).settings.trigger, {
      type: 'webhook',
      path: '/p',
      secret: ['old-secret', 'new-secret'],
      signature: 'github',
      signature_header: 'x-hub-signature-256',
    });
    home.write('pylons/p/pylon.yaml', trigger('X-My-Sig'));
    const { trigger: other } = settingsOf(home).settings;
    assert.equal(other.type === 'webhook' && other.signature, 'hmac');
  });

  it('warns, without refusing, of a webhook that anybody beyond this machine can call', () => {
    using home = homeOfFiles({ 'pylons/p/pylon.yaml': rightPylon() });
    assert.deepEqual(lines(settingsOf(home).warnings, home.paths.home), [
      'pylons/p/pylon.yaml:2: trigger: takes events from anybody who reaches 0.0.0.0: there is no `trigger.secret`',
    ]);
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      home.write('config.yaml', `version: 1\nserver: { host: "${host}" }\n`);
      assert.deepEqual(settingsOf(home).warnings, []);
    }
  });

  it('may be disabled', () => {
    using home = homeOfFiles({ 'pylons/p/pylon.yaml': rightPylon('disabled: true\n') });
    assert.equal(settingsOf(home).disabled, true);
  });

  it('keeps numbers in agent.env and agent.user as they are written', () => {
    using home = homeOfFiles({
      'pylons/p/pylon.yaml': rightPylon('  env: { VERSION: 1.10, HEX: 0x1F, ON: true }\n  user: 1000\n'),
    });
    const { agent } = settingsOf(home).settings;
    assert.deepEqual(agent.env, { VERSION: '1.10', HEX: '0x1F', ON: 'true' });
    assert.equal(agent.user, '1000');
  });

  it('allows a templated repository on a listed host, from a verified sender', () => {
    using home = homeOfFiles({
      'pylons/p/pylon.yaml': `name: p
trigger: { type: webhook, secret: abcdef, signature: github }
agent: { type: command, image: debian }
workspace: { type: git-clone, repo: "{{ .body.repository.clone_url }}", hosts: [github.com, "http://127.0.0.1:3000"] }
`,
    });
    assert.equal(settingsOf(home).settings.workspace.repo, '{{ .body.repository.clone_url }}');
  });
});

describe('variables', () => {
  it('come from the pylon’s .env, then the process, then the home’s .env', () => {
    using home = homeOfFiles({
      '.env': 'A=home\nB=home\nC=home\n',
      'pylons/p/.env': 'A=pylon\n',
      'pylons/p/pylon.yaml': rightPylon('  env: { ALL: "${A} ${B} ${C}" }\n'),
    });
    const { settings, variables } = settingsOf(home, { A: 'process', B: 'process', UNNAMED: 'x' });
    assert.equal(settings.agent.env['ALL'], '${A} ${B} ${C}');
    assert.deepEqual(variables, { process: { A: 'process', B: 'process' }, home: { A: 'home', B: 'home', C: 'home' } });
    const expanded = expandSettings(settings, lookupIn({ A: 'pylon' }, variables.process, variables.home));
    assert.equal(expanded.agent.env['ALL'], 'pylon process home');
  });

  it('are looked for in the same order when the files are checked', () => {
    using home = homeOfFiles({
      '.env': 'A=1\nB=1\nC=1\n',
      'pylons/p/.env': 'A=3\n',
      'pylons/p/pylon.yaml': rightPylon('limits: { pids: "${A}", max_concurrent: "${B}", max_queued: "${C}" }\n'),
    });
    const { limits } = settingsOf(home, { A: '2', B: '2' }).settings;
    assert.deepEqual([limits.pids, limits.max_concurrent, limits.max_queued], [3, 2, 1]);
  });

  it('take the type that the field wants', () => {
    using home = homeOfFiles({
      'pylons/p/.env': 'PIDS=64\nCPUS=0.5\nOFF=true\nRO=false\nKIND=webhook\n',
      'pylons/p/pylon.yaml': `name: p
disabled: \${OFF}
trigger: { type: "\${KIND}" }
agent: { type: command, image: debian, read_only: "\${RO}" }
limits: { pids: "\${PIDS}", cpus: "\${CPUS}" }
`,
    });
    const { settings, disabled } = settingsOf(home);
    assert.equal(disabled, true);
    assert.equal(settings.trigger.type, 'webhook');
    assert.equal(settings.agent.read_only, false);
    assert.equal(settings.limits.pids, 64);
    assert.equal(settings.limits.cpus, 0.5);
  });

  it('are not replaced in templates and commands, and `$${` is a literal `${` elsewhere', () => {
    using home = homeOfFiles({
      'pylons/p/pylon.yaml': rightPylon(`  command: [sh, -c, 'echo \${HOME} $\${X}']
  prompt: 'costs \${X}'
  env: { LITERAL: '$\${X}' }
`),
    });
    const { settings, variables } = settingsOf(home);
    assert.deepEqual(variables, { process: {}, home: {} });
    const { agent } = expandSettings(settings, () => undefined);
    assert.deepEqual(agent.command, ['sh', '-c', 'echo ${HOME} $${X}']);
    assert.equal(agent.prompt, 'costs ${X}');
    assert.deepEqual(agent.env, { LITERAL: '${X}' });
  });

  it('are checked by what they hold, not by their names', () => {
    using home = homeOfFiles({
      'pylons/p/.env': 'LIMIT=soon\n',
      'pylons/p/pylon.yaml': rightPylon('  timeout: ${LIMIT}\n'),
    });
    const loaded = home.pylon('p');
    assert.deepEqual(loaded.ok ? [] : lines(loaded.problems, home.paths.home), [
      'pylons/p/pylon.yaml:7: agent.timeout: expected a duration such as 90s, 10m, 1h30m or 7d, found a value that is not shown here',
    ]);
  });

  it('may be set by each pylon for a default of config.yaml', () => {
    using home = homeOfFiles({
      'config.yaml':
        'version: 1\ndefaults:\n  agent:\n    type: command\n    command: { image: debian, env: { KEY: "${KEY}" }, timeout: "${LIMIT}" }\n',
      'pylons/p/.env': 'KEY=of-p\nLIMIT=3m\n',
      'pylons/p/pylon.yaml': 'name: p\ntrigger: { type: webhook }\n',
    });
    assert.equal(settingsOf(home).settings.agent.timeout, '${LIMIT}');
  });

  it('make every secret known that must not be seen', () => {
    using home = homeOfFiles({
      'pylons/p/.env': 'HOOK=hook-secret\nKEY=a-long-key\nSHORT=abc\n',
      'pylons/p/pylon.yaml': `name: p
trigger: { type: webhook, secret: ["\${HOOK}", in-the-file], signature: github }
agent: { type: command, image: debian, env: { KEY: "\${KEY}", PLAIN: production, S: "\${SHORT}" } }
workspace: { type: git-clone, repo: "https://example.org/x.git", token: "tok-\${KEY}" }
channel: { type: webhook, webhook: { url: "https://example.org/\${HOOK}", headers: { Authorization: "Bearer \${KEY}" } } }
`,
    });
    const { settings } = settingsOf(home);
    const secrets = secretValues(settings, lookupIn({ HOOK: 'hook-secret', KEY: 'a-long-key', SHORT: 'abc' }));
    assert.deepEqual(secrets.toSorted(), [
      'Bearer a-long-key',
      'a-long-key',
      'hook-secret',
      'https://example.org/hook-secret',
      'in-the-file',
      'tok-a-long-key',
    ]);
  });

  it('that are gone when they are needed are named', () => {
    using home = homeOfFiles({ 'pylons/p/.env': 'K=v\n', 'pylons/p/pylon.yaml': rightPylon('  env: { K: "${K}" }\n') });
    const { settings } = settingsOf(home);
    assert.throws(() => expandSettings(settings, () => undefined), {
      code: 'PYLON_VARIABLE_MISSING',
      message: /variable K,/,
    });
  });
});

describe('no secret is ever shown', () => {
  it('where a directory that a variable names is refused', () => {
    using home = homeOfFiles({ 'pylons/p/pylon.yaml': rightPylon('workspace: { type: local, path: "${DIR}" }\n') });
    const loaded = home.pylon('p', { DIR: home.paths.home });
    const messages = loaded.ok ? [] : loaded.problems.map(({ message }) => message);
    assert.equal(
      messages[0],
      'what its variable is set to is refused (PYLON_HOST_PATH); docs/errors.md says what is expected',
    );
    assert.ok(messages.every((message) => !message.includes(home.paths.home)));
  });

  const secret = 's3cr3t-value';
  const yamls = [
    `name: p\ntrigger: { type: webhook, secret: [[${secret}]], signature: x }\n`,
    `name: p\ntrigger: { type: webhook, secret: ${secret}, signature: { a: ${secret} } }\n`,
    `name: p\ntrigger:\n  secret: *${secret}\n`,
    `name: p\ntrigger:\n  secret: !${secret} x\n`,
    `name: p\ntrigger:\n  secret: !a!${secret} x\n`,
    `name: p\ntrigger:\n  secret: !${secret}!a x\n`,
    `name: p\ntrigger:\n  secret: "${secret}\n`,
    `name: p\ntrigger:\n  secret: {${secret}\n`,
    `name: p\ntrigger:\n  secret: a: ${secret}\n`,
    `name: p\nworkspace: { type: "\${S}", path: "\${S}", repo: "\${S}", ssh_key: "\${S}", hosts: ["\${S} "] }\n`,
    `name: "\${S}"\ntrigger: "\${S}"\nagent: { type: "\${S}", image: "\${S} ", timeout: "\${S}", user: "\${S}", network: "\${S}", volumes: ["\${S}", "/\${S}:/\${S}:rx", "/etc/\${S}:/x"] }\n`,
    `name: p\nlimits: { cpus: "\${S}", memory: "\${S}" }\nchannel: { type: "\${S}", webhook: { url: "\${S}", headers: { A: "a\\n${secret}" } } }\n`,
    `name: p\nchannel: { type: webhook, webhook: { url: ${secret} } }\nagent: { env: { A: [${secret}], B: "${secret}\\0" }, command: ["${secret}\\0"], api_key: [${secret}] }\n`,
    `name: p\nworkspace: { type: local, path: "/etc/\${S}" }\n`,
    `name: p\nworkspace: { type: git-clone, repo: "https://${secret}@example.org/x", token: [${secret}] }\n`,
    `name: p\nworkspace: { type: git-clone, repo: "https://me:${secret}@example.org" }\n`,
    `name: p\ntrigger: { type: webhook, signature: github, secret: a, signature_header: "\${S}" }\n`,
    `name: p\ntrigger: { type: cron, cron: x, timezone: "\${S}" }\n`,
  ];
  for (const yaml of yamls) {
    it(`in the problems of ${JSON.stringify(yaml)}`, () => {
      using home = homeOfFiles({
        'pylons/p/pylon.yaml': yaml,
        'pylons/p/.env': `S=${secret}\n${secret}\n='${secret}\n`,
      });
      const loaded = home.pylon('p');
      assert.equal(loaded.ok, false);
      assert.ok(!loaded.ok && loaded.problems.length > 0);
      const shown = [...lines(loaded.problems, home.paths.home), ...lines(loaded.warnings, home.paths.home)].join('\n');
      assert.ok(!shown.includes(secret), shown);
    });
  }
});
