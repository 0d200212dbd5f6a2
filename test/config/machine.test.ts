import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';

import { loadMachine, readMachine } from '../../src/config/machine.ts';
import { homeOfFiles, lines } from './home-of-files.ts';

const cases: readonly (readonly [what: string, yaml: string, problems: readonly string[]])[] = [
  ['nothing', '', ['config.yaml:1:1: the file is empty; expected settings']],
  ['no version', 'server: { port: 1 }\n', ['config.yaml:1: the key `version` is missing']],
  ['another version', 'version: 2\n', ['config.yaml:1: version: expected 1, found 2']],
  [
    'wrong values',
    'version: 1\nserver: { port: 70000, host: "a b", public_url: pylon.example }\nengine: podman\ndocker: { max_concurrent: 0, on_full: wait }\n',
    [
      'config.yaml:2: server.host: expected an address or host name such as 0.0.0.0, :: or localhost, found "a b"',
      'config.yaml:2: server.port: expected at most 65535, found 70000',
      'config.yaml:2: server.public_url: expected an http:// or https:// URL, found "pylon.example"',
      'config.yaml:3: engine: expected one of docker, process, found "podman"',
      'config.yaml:4: docker.max_concurrent: expected a whole number from 1 on, found 0',
      'config.yaml:4: docker.on_full: expected one of reject, queue, found "wait"',
    ],
  ],
  [
    'unknown keys',
    'version: 1\nserver: { prot: 1 }\n',
    ['config.yaml:2: server.prot: unknown key `prot`; did you mean `port`?'],
  ],
  [
    'a body larger than is ever held',
    'version: 1\nserver: { max_body: 9mb }\n',
    [
      'config.yaml:2: server.max_body: expected at most 8mb, found 9mb; no more than that is held for one pylon at once',
    ],
  ],
  [
    'limits without a sandbox',
    'version: 1\nengine: process\ndocker: { limits: { pids: 3 } }\n',
    [
      'config.yaml:3: docker.limits: has no effect with `engine: process`, which limits nothing; remove it, or use `engine: docker`',
    ],
  ],
  [
    'a zone that there is not',
    'version: 1\ndefaults: { timezone: Mars/Olympus }\n',
    ['config.yaml:2: defaults.timezone: expected an IANA time zone such as Europe/Berlin, found Mars/Olympus'],
  ],
  [
    'faults in the defaults of pylons',
    'version: 1\ndefaults:\n  channel: { typ: stdout }\n  agent: { command: { type: command, timeout: "${UNSET}", pids: 3 } }\n',
    [
      'config.yaml:3: defaults.channel.typ: unknown key `typ`; did you mean `type`?',
      'config.yaml:4: defaults.agent.command.pids: unknown key `pids`; did you mean `docker.limits.pids`?',
    ],
  ],
  [
    'a missing variable',
    'version: 1\nserver: { port: "${PORT}" }\n',
    ['config.yaml:2: server.port: the variable ${PORT} is not set; put a line PORT=… into HOME/.env'],
  ],
];

describe('config.yaml', () => {
  for (const [what, yaml, problems] of cases) {
    it(`is refused with a reason: ${what}`, () => {
      using home = homeOfFiles({ 'config.yaml': yaml });
      const read = readMachine(home.paths, {});
      const found = read.ok ? [] : lines(read.problems, home.paths.home);
      assert.deepEqual(
        found.map((line) => line.replaceAll(home.paths.home, 'HOME')),
        problems,
      );
    });
  }

  it('gets every default', () => {
    using home = homeOfFiles({});
    assert.deepEqual(home.machine().settings, {
      server: { host: '0.0.0.0', port: 8080, public_url: `http://${hostname()}:8080`, max_body_bytes: 5 * 1024 ** 2 },
      engine: 'docker',
      docker: { max_concurrent: 3, on_full: 'reject', max_queued: 100, on_stop: 'leave' },
    });
  });

  it('takes its variables from the process, then the home’s .env, as the types that it wants', () => {
    using home = homeOfFiles({
      'config.yaml': 'version: 1\nserver: { host: "${HOST_}", port: "${PORT}" }\ndocker: { on_stop: "${STOP}" }\n',
      '.env': 'HOST_=::\nPORT=1\nSTOP=kill\n',
    });
    const { server, docker } = home.machine({ PORT: '9090' }).settings;
    assert.equal(server.host, '::');
    assert.equal(server.port, 9090);
    assert.equal(docker.on_stop, 'kill');
  });

  it('that is not there is said to be so, with what to do', () => {
    using home = homeOfFiles({});
    const paths = { ...home.paths, config: `${home.paths.home}/elsewhere/config.yaml` };
    assert.throws(() => loadMachine(paths, {}), {
      code: 'PYLON_SETTINGS',
      message: /elsewhere\/config\.yaml: does not exist; make it, with the line `version: 1` to begin with/,
    });
  });
});
