import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Definition } from 'clipanion';
import { Cli } from 'clipanion';

import { commandNames, commandsFor } from '../../src/cli/commands.ts';
import { version } from '../../src/version.ts';
import { mainFile, runPylon } from './run-pylon.ts';

let home: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'pylon-usage-'));
});

after(() => rm(home, { recursive: true }));

describe('the command line', () => {
  it('lists every command where none is given', async () => {
    const [none, help] = await Promise.all([runPylon(home, []), runPylon(home, ['--help'])]);
    assert.deepEqual([none.code, none.err, none.out], [0, '', help.out]);
    for (const name of commandNames) assert.match(none.out, new RegExp(`^  ${name} `, 'm'));
  });

  it('takes "help" before a command for --help after it', async () => {
    const [before, behind] = await Promise.all([runPylon(home, ['help', 'jobs']), runPylon(home, ['jobs', '--help'])]);
    assert.deepEqual(before, behind);
  });

  it('says so when its output cannot be written', { skip: process.platform !== 'linux' }, async () => {
    const full = await open('/dev/full', 'w');
    try {
      const child = spawn(process.execPath, [mainFile, 'version'], { stdio: ['ignore', full.fd, 'pipe'] });
      assert.ok(child.stderr);
      const [text] = await once(child.stderr, 'data');
      assert.match(String(text), /^The output cannot be written: .*ENOSPC.*\n$/);
      if (child.exitCode === null) await once(child, 'exit');
      assert.equal(child.exitCode, 1);
    } finally {
      await full.close();
    }
  });

  it('prints the release that package.json names', async () => {
    const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
    assert.equal(version(), JSON.parse(text).version);
    assert.equal((await runPylon(home, ['version'])).out, `pylon ${version()}\n`);
    assert.equal((await runPylon(home, ['--version'])).out, `pylon ${version()}\n`);
    assert.equal(JSON.parse((await runPylon(home, ['version', '--json'])).out).version, version());
  });

  it('says what is wrong with arguments on standard error alone, without colours, and exits 1', async () => {
    const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [['jbos'], /^There is no command "jbos"\. Did you mean `pylon jobs`\?/],
      [['frobnicate'], /^There is no command "frobnicate"\. `pylon --help` lists the commands\.$/m],
      [['jobs', '--foo'], /--foo.*`pylon jobs --help`/],
      [['jobs', 'a', 'b'], /^There are more arguments than `pylon jobs` takes\./],
      [['show'], /`pylon show --help`/],
      [['jobs', '--limit', 'many'], /^--limit is "many"; expected a number from 1 to 10000\./],
      [['jobs', '--limit'], /`pylon jobs --help`/],
      [['jobs', '--status', 'odd'], /^--status is "odd"; expected one of awaiting_approval, /],
    ];
    await Promise.all(
      cases.map(async ([args, message]) => {
        const { code, out, err } = await runPylon(home, args);
        assert.deepEqual([code, out], [1, ''], args.join(' '));
        assert.match(err, message);
        assert.doesNotMatch(err, /\x1b| at /);
        assert.equal(err.trimEnd().split('\n').length, 1);
      }),
    );
    const { err } = await runPylon(home, ['jobs', '--json', '--foo']);
    assert.equal(JSON.parse(err).error.code, 'PYLON_USAGE');
  });

  it('says which commands need a daemon', async () => {
    for (const args of [['stop'], ['restart'], ['kill', 'aaaa'], ['retry', 'aaaa']]) {
      const { code, out, err } = await runPylon(home, args);
      assert.deepEqual([code, out], [1, '']);
      assert.equal(err, `No daemon serves the home ${home}. Start one with \`pylon start\`.\n`);
    }
  });

  it('refuses a home that belongs to another user', { skip: process.getuid?.() !== 0 }, async () => {
    const foreign = join(home, 'foreign');
    await mkdir(foreign);
    await chown(foreign, 12345, 12345);
    await chmod(foreign, 0o700);
    const { code, err } = await runPylon(home, ['jobs', '--home', foreign, '--json']);
    assert.deepEqual([code, JSON.parse(err).error.code], [1, 'PYLON_HOME_FOREIGN']);
  });
});

describe('the help of every command', () => {
  let definitions: readonly Definition[];

  before(async () => {
    definitions = Cli.from([...(await commandsFor(undefined))], { binaryName: 'pylon' }).definitions();
    assert.equal(definitions.length, commandNames.length);
  });

  it('has a description, every option with one, and examples that use it', async () => {
    await Promise.all(
      definitions.map(async (definition, at) => {
        const name = commandNames[at] ?? '';
        const { code, out, err } = await runPylon(home, [name, '--help']);
        assert.deepEqual([code, err], [0, '']);
        assert.match(out, /^Examples$/m);
        assert.match(out, new RegExp(`^  pylon ${name}`, 'm'));
        for (const option of definition.options) assert.ok((option.description ?? '').length > 10, option.definition);
        const lines = out.split('\n').filter((line) => line.length > 100);
        assert.deepEqual(lines, []);
      }),
    );
  });

  it('agrees with docs/commands.md, which describes each command and each option', async () => {
    const text = await readFile(new URL('../../../docs/commands.md', import.meta.url), 'utf8');
    for (const [at, definition] of definitions.entries()) {
      const name = commandNames[at] ?? '';
      const [, section] = new RegExp(`^## pylon ${name}\\b.*\\n([^]*?)(?=^## |(?![^]))`, 'm').exec(text) ?? [];
      assert.ok(section !== undefined, `docs/commands.md has no "## pylon ${name}"`);
      for (const option of definition.options) {
        for (const flag of option.definition.match(/--?[a-z][a-z-]*/g) ?? []) {
          const everywhere = /`--home DIR`/.test(text) && flag === '--home';
          assert.ok(everywhere || section.includes(flag), `docs/commands.md does not describe ${flag} of ${name}`);
        }
      }
    }
  });
});
