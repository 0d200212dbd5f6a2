import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { homeOfFiles, lines } from './home-of-files.ts';

interface Case {
  readonly title: string;
  readonly yaml: string;
  readonly config?: string;
  readonly env?: string;
  /** Exactly these lines, the file's name left out. */
  readonly problems: readonly string[];
}

const trigger = 'trigger: { type: webhook }';
const agent = 'agent: { type: command, image: debian }';
const rest = `name: p\n${trigger}\n`;
const base = `${rest}${agent}\n`;

const cases: readonly Case[] = [
  { title: 'an empty file', yaml: '', problems: ['1:1: the file is empty; expected settings'] },
  { title: 'comments alone', yaml: '# soon\n', problems: ['1:1: the file is empty; expected settings'] },
  { title: 'a list', yaml: '- name: p\n', problems: ['1:1: expected a mapping (`key: value` lines), found a list'] },
  { title: 'a text', yaml: 'hello\n', problems: ['1:1: expected a mapping (`key: value` lines), found no key'] },
  {
    title: 'two documents',
    yaml: `${base}---\nname: q\n`,
    problems: ['1:1: expected one YAML document, found several (a line `---` begins another)'],
  },
  {
    title: 'broken YAML',
    yaml: 'name: p\ntrigger: [webhook\nagent: x\n',
    problems: ['3:1: not valid YAML: deficient indentation'],
  },
  {
    title: 'a tab',
    yaml: 'name: p\ntrigger:\n\ttype: webhook\n',
    problems: ['3:1: not valid YAML: tab characters must not be used in indentation'],
  },
  {
    title: 'a key that is there twice, at two places',
    yaml: `${base}name: p\nlimits:\n  pids: 1\n  pids: 2\n`,
    problems: ['4:1: name: this key is there twice', '7:3: limits.pids: this key is there twice'],
  },
  {
    title: 'an alias, an anchor and a tag',
    yaml: 'name: &n p\ntrigger: *n\nagent: !x y\n',
    problems: [
      '1:7: name: YAML anchors (`&name`) are not allowed; put texts that begin with `&` in quotes',
      '2:10: trigger: YAML aliases (`*name`) are not allowed; put texts that begin with `*` in quotes',
      '3:8: agent: YAML tags (`!name`) are not allowed; put texts that begin with `!` in quotes',
    ],
  },
  { title: 'a mapping as a key', yaml: `${base}? [a]\n: 1\n`, problems: ['4:3: a key must be a plain text'] },
  {
    title: 'a key called __proto__',
    yaml: `${base}__proto__: 1\n`,
    problems: ['4:1: __proto__: this cannot be the name of a key'],
  },
  {
    title: 'deep nesting',
    yaml: `a: ${'['.repeat(2000)}${']'.repeat(2000)}\n`,
    problems: ['1:103: not valid YAML: nesting exceeded maxDepth (100)'],
  },
  {
    title: 'an endless key',
    yaml: `${base}${'k'.repeat(900)}: 1\n`,
    problems: ['4:1: a key may be 200 characters long at the most'],
  },
  {
    title: 'missing keys',
    yaml: 'description: x\nagent: { type: command, image: debian }\n',
    problems: ['1: the key `name` is missing', '1: the key `trigger` is missing'],
  },
  {
    title: 'another name than the directory',
    yaml: base.replace('name: p', 'name: q'),
    problems: ['1: name: expected "p", the name of its directory, found "q"'],
  },
  {
    title: 'a name with ..',
    yaml: base.replace('name: p', 'name: ../p'),
    problems: [
      '1: name: expected lower-case letters, digits and hyphens, starting with a letter or digit, 63 at the most, found "../p"',
    ],
  },
  {
    title: 'an unknown key near a known one',
    yaml: `${base}limts: {}\n`,
    problems: ['4: limts: unknown key `limts`; did you mean `limits`?'],
  },
  {
    title: 'an unknown key that belongs elsewhere',
    yaml: `${base}promt: x\n`,
    problems: ['4: promt: unknown key `promt`; did you mean `agent.prompt`?'],
  },
  {
    title: 'camel case',
    yaml: `${base}limits: { maxConcurrent: 3 }\n`,
    problems: ['4: limits.maxConcurrent: unknown key `maxConcurrent`; did you mean `max_concurrent`?'],
  },
  {
    title: 'wrong types',
    yaml: `name: 12\ndescription: 1.0\ndisabled: perhaps\ntrigger: webhook\nagent: [x]\nlimits:\n  pids: 1.5\n  cpus: lots\n`,
    problems: [
      '1: name: expected lower-case letters, digits and hyphens, starting with a letter or digit, 63 at the most, found 12',
      '2: description: expected a text in quotes, found 1',
      '3: disabled: expected true or false, found "perhaps"',
      '4: trigger: expected a mapping, found "webhook"',
      '5: agent: expected a mapping, found a list',
      '7: limits.pids: expected a whole number from 1 on, found 1.5',
      '8: limits.cpus: expected a number of CPUs such as 2 or 0.5, found "lots"',
    ],
  },
  {
    title: 'a section without anything in it',
    yaml: `${base}limits:\n`,
    problems: ['4: limits: expected a mapping, found nothing'],
  },
  {
    title: 'a choice that there is not',
    yaml: `name: p\ntrigger: { type: mail }\n${agent}\n`,
    problems: ['2: trigger.type: expected one of webhook, cron, found "mail"'],
  },
  {
    title: 'durations and sizes that are none',
    yaml: `${rest}agent: { type: command, image: debian, timeout: soon }\nlimits: { memory: much, disk: 0 }\n`,
    problems: [
      '3: agent.timeout: expected a duration such as 90s, 10m, 1h30m or 7d, found "soon"',
      '4: limits.memory: expected a size such as 512k, 1mb or 4g, found "much"',
      '4: limits.disk: expected a size such as 512k, 1mb or 4g, found 0',
    ],
  },
  {
    title: 'a time limit of nothing',
    yaml: `${rest}agent: { type: command, image: debian, timeout: 0s }\n`,
    problems: ['3: agent.timeout: expected a duration such as 90s, 10m, 1h30m or 7d, found "0s"'],
  },
  {
    title: 'less memory than Docker gives',
    yaml: `${base}limits: { memory: 1m }\n`,
    problems: ['4: limits.memory: expected at least 6 MB, found 1m'],
  },
  ...['hook', '/a?b', '/a#b', '/a b'].map((path) => ({
    title: `the path ${path}`,
    yaml: `name: p\ntrigger:\n  type: webhook\n  path: "${path}"\n${agent}\n`,
    problems: [
      `4: trigger.path: expected a path that starts with /, without query, fragment or spaces, found "${path}"`,
    ],
  })),
  ...['/../x', '/a/%2E%2e', '/.'].map((path) => ({
    title: `the path ${path}`,
    yaml: `name: p\ntrigger:\n  type: webhook\n  path: "${path}"\n${agent}\n`,
    problems: ['4: trigger.path: expected a path without `.` and `..`: senders resolve them before they send'],
  })),
  {
    title: 'the listener’s own path',
    yaml: `name: p\ntrigger: { type: webhook, path: /healthz }\n${agent}\n`,
    problems: ['2: trigger.path: expected another path: /healthz is the listener’s own'],
  },
  {
    title: 'a secret without a way to check it',
    yaml: `name: p\ntrigger: { type: webhook, secret: abcdef }\n${agent}\n`,
    problems: [
      '2: trigger.secret: needs a `trigger.signature` (how the sender signs, e.g. github) or a `trigger.signature_header`',
    ],
  },
  {
    title: 'a signature without a secret',
    yaml: `name: p\ntrigger: { type: webhook, signature: github }\n${agent}\n`,
    problems: ['2: trigger.signature: needs a `trigger.secret` to check with; without one every event would be taken'],
  },
  {
    title: 'a signature header without a secret',
    yaml: `name: p\ntrigger: { type: webhook, signature_header: X-Sig }\n${agent}\n`,
    problems: [
      '2: trigger.signature_header: needs a `trigger.secret` to check with; without one every event would be taken',
    ],
  },
  ...['""', '${EMPTY}', '[]', '[a, ""]'].map((secret) => ({
    title: `the secret ${secret}`,
    yaml: `name: p\ntrigger: { type: webhook, secret: ${JSON.stringify(secret).slice(1, -1).replaceAll('\\"', '"')}, signature: github }\n${agent}\n`.replace(
      'secret: ${EMPTY}',
      'secret: "${EMPTY}"',
    ),
    env: 'EMPTY=\n',
    problems: [
      secret === '[]'
        ? '2: trigger.secret: expected at least one entry, found a list'
        : `2: trigger.secret${secret.startsWith('[a') ? '[1]' : ''}: expected a text that is not empty, found an empty text`,
    ],
  })),
  {
    title: 'hmac without its header',
    yaml: `name: p\ntrigger: { type: webhook, secret: abcdef, signature: hmac }\n${agent}\n`,
    problems: ['2: trigger.signature: `hmac` needs a `trigger.signature_header`, the header that holds the signature'],
  },
  {
    title: 'a header that its scheme does not read',
    yaml: `name: p\ntrigger: { type: webhook, secret: abcdef, signature: github, signature_header: X-Mine }\n${agent}\n`,
    problems: [
      '2: trigger.signature_header: found X-Mine, but `signature: github` reads X-Hub-Signature-256; remove one of the two, or use `signature: hmac`',
    ],
  },
  {
    title: 'keys of cron on a webhook',
    yaml: `name: p\ntrigger: { type: webhook, cron: "0 9 * * 1" }\n${agent}\n`,
    problems: ["2: trigger.cron: belongs to `type: cron`; this trigger's type is webhook"],
  },
  {
    title: 'a templated host without hosts and secret',
    yaml: `${base}workspace:\n  type: git-clone\n  repo: "{{ .body.url }}"\n`,
    problems: [
      '6: workspace.repo: its host comes from the template, so `workspace.hosts` must list the hosts that it may name, e.g. [github.com]',
      '6: workspace.repo: its host comes from the event, so the trigger needs a `secret`: else anybody could choose what is cloned',
    ],
  },
  {
    title: 'a clone of nothing',
    yaml: `${base}workspace: { type: git-clone }\n`,
    problems: ['4: workspace: the key `workspace.repo` is missing; `type: git-clone` needs a repository'],
  },
  {
    title: 'a local directory that is not named',
    yaml: `${base}workspace: { type: local }\n`,
    problems: ['4: workspace: the key `workspace.path` is missing; `type: local` needs a directory'],
  },
  {
    title: 'a file:// repository',
    yaml: `${base}workspace: { type: git-clone, repo: "file:///srv/x.git" }\n`,
    problems: [
      '4: workspace.repo: file:// is not allowed; `git-worktree` takes the path of a local repository as it is',
    ],
  },
  {
    title: 'a password in a repository’s URL',
    yaml: `${base}workspace: { type: git-clone, repo: "https://me:sesame@example.org/x.git" }\n`,
    problems: [
      '4: workspace.repo: holds a user or password, which would show in listings; put the token into `workspace.token`',
    ],
  },
  {
    title: 'a workspace with keys of another type',
    yaml: `${base}workspace: { type: none, ref: main }\n`,
    problems: ['4: workspace.ref: is not used by `type: none`; remove it, or choose another type'],
  },
  {
    title: 'a relative directory',
    yaml: `${base}workspace: { type: local, path: src }\n`,
    problems: ['4: workspace.path: expected an absolute path (or one that starts with ~/), found "src"'],
  },
  {
    title: 'a command without an image',
    yaml: `${rest}agent: { type: command }\n`,
    problems: ['3: agent: the key `agent.image` is missing; `type: command` needs the image to run'],
  },
  {
    title: 'a command without argv on the process engine',
    config: 'version: 1\nengine: process\n',
    yaml: `${rest}agent: { type: command }\n`,
    problems: ['3: agent: the key `agent.command` is missing; with `engine: process` it is what is run'],
  },
  {
    title: 'what needs a sandbox, on the process engine',
    config: 'version: 1\nengine: process\n',
    yaml: `${rest}agent:\n  type: command\n  command: [x]\n  network: none\n  volumes: ["/srv/a:/b"]\nlimits:\n  memory: 1g\n  max_concurrent: 1\n`,
    problems: [
      '6: agent.network: cannot be kept with `engine: process`, which has no sandbox; remove it, or use `engine: docker`',
      '7: agent.volumes: cannot be kept with `engine: process`, which has no sandbox; remove it, or use `engine: docker`',
      '9: limits.memory: cannot be kept with `engine: process`, which has no sandbox; remove it, or use `engine: docker`',
    ],
  },
  {
    title: 'variables that Pylon sets itself',
    yaml: base.replace(
      agent,
      'agent:\n  type: command\n  image: debian\n  env:\n    HOME: /x\n    PROMPT: y\n    PYLON_JOB_ID: z\n    A-B: 1',
    ),
    problems: [
      ...['HOME', 'PROMPT', 'PYLON_JOB_ID'].map(
        (name, index) =>
          `${7 + index}: agent.env.${name}: is set by Pylon itself (HOME, PROMPT and PYLON_… are); choose another name`,
      ),
      '10: agent.env.A-B: `A-B` cannot be a key here; expected letters, digits and underscores, not starting with a digit',
    ],
  },
  {
    title: 'volumes',
    yaml: `${rest}agent:\n  type: command\n  image: debian\n  volumes:\n    - /etc:/x\n    - srv:/y\n    - /srv:/workspace\n    - /srv:/z:rx\n`,
    problems: [
      '7: agent.volumes[0]: /etc cannot be given to an agent: it is /etc.',
      '8: agent.volumes[1]: expected source:target, source:target:ro or source:target:rw, both paths absolute (the source may start with ~/), found "srv:/y"',
      '9: agent.volumes[2]: "/srv:/workspace" is not a volume: its target may not cover /workspace; a directory inside it may be used.',
      '10: agent.volumes[3]: expected source:target, source:target:ro or source:target:rw, both paths absolute (the source may start with ~/), found "/srv:/z:rx"',
    ],
  },
  {
    title: 'a template that does not parse, with the line in the file',
    yaml: `${rest}agent:\n  type: command\n  image: debian\n  prompt: |\n    Hello\n\n    {{ .body.x | }}\n`,
    problems: ['9: agent.prompt: is not a template that can be read: … (line 3, column 14 of the text)'],
  },
  {
    title: 'a variable that is not set, and one that is malformed',
    yaml: `${rest}agent:\n  type: command\n  image: debian\n  env:\n    A: \${NOWHERE}\n    B: \${X:-y}\n`,
    problems: [
      '7: agent.env.A: the variable ${NOWHERE} is not set; put a line NOWHERE=… into HOME/pylons/p/.env',
      '8: agent.env.B: holds a `${` that begins no variable; write ${NAME}, or $${ for a literal ${',
    ],
  },
  {
    title: 'a default of config.yaml whose variable nobody sets',
    config: 'version: 1\ndefaults:\n  agent:\n    command:\n      env: { KEY: "${KEY}" }\n',
    yaml: base,
    problems: [
      'config.yaml:5: defaults.agent.command.env.KEY: the variable ${KEY} is not set; put a line KEY=… into HOME/.env or HOME/pylons/p/.env',
    ],
  },
  {
    title: 'a number from a variable that is none',
    yaml: `${base}limits:\n  pids: "\${EMPTY}"\n`,
    env: 'EMPTY=many-secret-things\n',
    problems: ['5: limits.pids: expected a whole number from 1 on, found a value that is not shown here'],
  },
];

describe('a faulty pylon.yaml', () => {
  it('that is wrong throughout is said to be so in a hundred lines, without holding anything up', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `key${index}: 1\n`).join('');
    using home = homeOfFiles({ 'pylons/p/pylon.yaml': `${base}${keys}` });
    const started = performance.now();
    const loaded = home.pylon('p');
    const took = performance.now() - started;
    assert.equal(loaded.ok ? 0 : loaded.problems.length, 101);
    assert.equal(loaded.ok ? '' : loaded.problems.at(-1)?.message, 'there is more that is wrong');
    assert.ok(took < 3000, `${took} ms`);
  });

  for (const { title, yaml, config, env, problems } of cases) {
    it(`says what is wrong with ${title}`, () => {
      using home = homeOfFiles({
        ...(config === undefined ? {} : { 'config.yaml': config }),
        ...(env === undefined ? {} : { 'pylons/p/.env': env }),
        'pylons/p/pylon.yaml': yaml,
      });
      const loaded = home.pylon('p');
      const found = loaded.ok ? [] : lines(loaded.problems, home.paths.home);
      assert.deepEqual(
        found.map((line) =>
          line
            .replace(/^pylons\/p\/pylon\.yaml:\s?/, '')
            .replaceAll(home.paths.home, 'HOME')
            // The words in between are the template reader's own.
            .replace(/(can be read: ).* (\(line)/, '$1… $2'),
        ),
        problems,
      );
    });
  }
});
