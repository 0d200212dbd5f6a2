import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';

import { Cli } from 'clipanion';

import { ValidateCommand } from '../../src/cli/validate.ts';
import type { HomeOfFiles } from './home-of-files.ts';
import { homeOfFiles, rightPylon } from './home-of-files.ts';

async function run(home: HomeOfFiles, ...args: string[]): Promise<{ code: number; out: string }> {
  const cli = Cli.from([ValidateCommand], { binaryName: 'pylon' });
  const stdout = new PassThrough();
  const code = await cli.run(['validate', '--home', home.paths.home, ...args], { stdout, env: {} });
  return { code, out: (stdout.read() as Buffer | null)?.toString() ?? '' };
}

describe('pylon validate', () => {
  it('says ok for every file that is right, and exits with 0', async () => {
    using home = homeOfFiles({
      'config.yaml': 'version: 1\nserver: { host: localhost }\n',
      'pylons/p/pylon.yaml': rightPylon(),
    });
    assert.deepEqual(await run(home), { code: 0, out: 'ok    config.yaml\nok    pylons/p/pylon.yaml\n' });
  });

  it('says every problem of every pylon with its place, warnings too, and exits with 1', async () => {
    using home = homeOfFiles({
      'pylons/a/pylon.yaml': rightPylon().replace('name: p', 'name: a'),
      'pylons/p/pylon.yaml': 'name: q\ntrigger: { type: webhook }\nagent: { type: command }\n',
    });
    const { code, out } = await run(home);
    assert.equal(code, 1);
    assert.equal(
      out,
      `ok    config.yaml
ok    pylons/a/pylon.yaml
WARN  pylons/a/pylon.yaml:2: trigger: takes events from anybody who reaches 0.0.0.0: there is no \`trigger.secret\`
FAIL  pylons/p/pylon.yaml:1: name: expected "p", the name of its directory, found "q"
FAIL  pylons/p/pylon.yaml:3: agent: the key \`agent.image\` is missing; \`type: command\` needs the image to run
WARN  pylons/p/pylon.yaml:2: trigger: takes events from anybody who reaches 0.0.0.0: there is no \`trigger.secret\`
`,
    );
    assert.equal((await run(home, 'a')).code, 0);
  });

  it('gives programs one object', async () => {
    using home = homeOfFiles({ 'config.yaml': 'version: 1\nport: 1\n' });
    const { code, out } = await run(home, '--json');
    assert.equal(code, 1);
    const file = home.paths.config;
    const message = 'unknown key `port`; did you mean `server.port`?';
    assert.deepEqual(JSON.parse(out), {
      ok: false,
      files: [
        {
          pylon: null,
          file,
          ok: false,
          problems: [{ file, line: 2, column: null, key: 'port', message }],
          warnings: [],
        },
      ],
    });
  });

  it('does not know a pylon that is not there', async () => {
    using home = homeOfFiles({ 'pylons/a/pylon.yaml': '' });
    const { code, out } = await run(home, 'b');
    assert.equal(code, 1);
    assert.match(out, /There is no pylon "b" in .*There are a\./);
  });
});
