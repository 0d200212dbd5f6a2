import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { findHome } from '../../src/config/home.ts';
import { listPylonNames } from '../../src/config/pylon-names.ts';
import { parseYaml } from '../../src/config/read-yaml.ts';
import { nodeAt } from '../../src/config/settings-tree.ts';
import { parseEnvText } from '../../src/env-file.ts';
import { homeOfFiles, lines, rightPylon } from './home-of-files.ts';

describe('settings files', () => {
  const spoil: readonly (readonly [what: string, spoil: (file: string) => void, message: string])[] = [
    ['a link', (file) => symlinkSync(`${file}.real`, file), 'is a link; expected a regular file'],
    ['a pipe', (file) => execFileSync('mkfifo', [file]), 'is not a regular file; expected a regular file'],
    ['a directory', (file) => mkdirSync(file), 'is a directory; expected a regular file'],
    [
      'a large file',
      (file) => writeFileSync(file, `#${'x'.repeat(256 * 1024)}`),
      'is larger than 256 KB, which is the most a settings file may be',
    ],
    ['bytes that are no text', (file) => writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00])), 'is not UTF-8 text'],
    ['nothing', () => undefined, 'does not exist'],
  ];
  for (const [what, make, message] of spoil) {
    it(`are refused at once where there is ${what}`, () => {
      using home = homeOfFiles({ 'pylons/p/pylon.yaml': rightPylon() });
      const file = join(home.paths.pylons, 'p', 'pylon.yaml');
      writeFileSync(`${file}.real`, rightPylon());
      unlinkSync(file);
      make(file);
      const loaded = home.pylon('p');
      assert.deepEqual(loaded.ok ? [] : lines(loaded.problems, home.paths.home), [`pylons/p/pylon.yaml: ${message}`]);
    });
  }

  it('of exactly 256 KB are read', () => {
    using home = homeOfFiles({});
    const text = rightPylon();
    home.write('pylons/p/pylon.yaml', `${text}#${'x'.repeat(256 * 1024 - text.length - 1)}`);
    assert.equal(home.pylon('p').ok, true);
  });

  it('include .env: one that is a link is refused, and no variable is called missing on its account', () => {
    using home = homeOfFiles({ 'pylons/p/pylon.yaml': rightPylon('  env: { A: "${A}" }\n') });
    symlinkSync('/etc/hostname', join(home.paths.pylons, 'p', '.env'));
    const loaded = home.pylon('p');
    assert.deepEqual(loaded.ok ? [] : lines(loaded.problems, home.paths.home), [
      'pylons/p/.env: is a link; expected a regular file',
    ]);
  });

  it('name their variables even where they are faulty, for the jobs that the pylon had', () => {
    using home = homeOfFiles({ 'pylons/p/pylon.yaml': 'name: p\nenv: "${KEY}"\n  x: [\n' });
    assert.deepEqual(home.pylon('p', { KEY: 'k', OTHER: 'o' }).variables, { process: { KEY: 'k' }, home: {} });
  });

  it('may end their lines as on Windows and begin with a byte order mark', () => {
    const read = parseYaml('f', '\ufeffa: 1\r\nb:\r\n  c: x\r\n');
    assert.equal(read.ok && nodeAt(read.tree, ['b', 'c'])?.place.line, 3);
  });
});

describe('.env files', () => {
  it('are read entry by entry, so that a faulty line harms no other', () => {
    const text =
      'A=1\nexport B=two words # note\nnonsense\nC="x\ny"\n=5\n1X=3\nD=\'q\nE=last\n# note\nF=\nG=a=b\nH="q#r" # s\n';
    assert.deepEqual(parseEnvText(text), {
      values: { A: '1', B: 'two words', C: 'x\ny', E: 'last', F: '', G: 'a=b', H: 'q#r' },
      faults: [
        { line: 3, message: 'expected KEY=VALUE' },
        { line: 6, message: 'expected KEY=VALUE' },
        { line: 7, message: 'expected KEY=VALUE' },
        { line: 8, message: 'the quote that begins the value of D is never closed' },
      ],
    });
  });

  it('may end their lines as on Windows', () => {
    assert.deepEqual(parseEnvText('A=1\r\nB=2\r\n').values, { A: '1', B: '2' });
  });
});

describe('the home', () => {
  it('is the flag’s, else $PYLON_HOME’s, else ~/.pylon', () => {
    using home = homeOfFiles({});
    const dir = home.paths.home;
    assert.equal(findHome({ flag: dir, env: { PYLON_HOME: '/nowhere' } }), dir);
    assert.equal(findHome({ flag: undefined, env: { PYLON_HOME: dir } }), dir);
    assert.equal(findHome({ flag: undefined, env: { PYLON_HOME: '' } }), join(homedir(), '.pylon'));
  });

  it('is made only where that is asked for', () => {
    const parent = mkdtempSync(join(tmpdir(), 'pylon-home-'));
    try {
      const home = join(parent, 'a', 'b');
      findHome({ flag: home, env: {} });
      assert.equal(statSync(home, { throwIfNoEntry: false }), undefined);
      findHome({ flag: home, env: {}, create: true });
      assert.equal(statSync(home).mode & 0o777, 0o700);
    } finally {
      rmSync(parent, { recursive: true });
    }
  });

  it('must be a directory', () => {
    using home = homeOfFiles({});
    assert.throws(() => findHome({ flag: home.paths.config, env: {} }), { code: 'PYLON_HOME_UNUSABLE' });
    assert.throws(() => findHome({ flag: join(home.paths.config, 'x'), env: {}, create: true }), {
      code: 'PYLON_HOME_UNUSABLE',
    });
  });

  it(
    'of another user is refused, naming that user and the right home',
    { skip: process.getuid?.() !== 0 && 'only root can make one' },
    () => {
      using home = homeOfFiles({});
      chownSync(home.paths.home, 1, 1);
      assert.throws(() => findHome({ flag: home.paths.home, env: {} }), {
        code: 'PYLON_HOME_FOREIGN',
        message:
          /belongs to daemon, not to root\. Run the command as daemon, or use your own home with --home \/root\/\.pylon/,
      });
    },
  );
});

describe('the pylons of a home', () => {
  it('are the directories with a legal name; others are said', () => {
    using home = homeOfFiles({
      'pylons/b/pylon.yaml': '',
      'pylons/a-1/pylon.yaml': '',
      'pylons/Upper/x': '',
      'pylons/.hidden/x': '',
      'pylons/README': '',
    });
    symlinkSync('/tmp', join(home.paths.pylons, 'linked'));
    const { names, strange } = listPylonNames(home.paths);
    assert.deepEqual(names, ['a-1', 'b']);
    assert.deepEqual(lines(strange, home.paths.home).toSorted(), [
      'pylons/Upper: cannot be a pylon: expected a name of lower-case letters, digits and hyphens, starting with a letter or digit, 63 at the most',
      'pylons/linked: is a link, which is not followed; expected a directory',
    ]);
  });

  it('are none where there is no directory for them yet', () => {
    using home = homeOfFiles({});
    assert.deepEqual(listPylonNames(home.paths), { names: [], strange: [] });
  });
});
