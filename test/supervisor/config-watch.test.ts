import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { systemClock } from '../../src/clock.ts';
import { makeLog } from '../../src/log.ts';
import type { LogLine } from '../../src/log.ts';
import { watchPylons } from '../../src/supervisor/config-watch.ts';
import type { ConfigWatch } from '../../src/supervisor/config-watch.ts';

/** A home that is watched, and what its watch told. */
class WatchedHome {
  readonly root: string;
  readonly pylons: string;
  readonly lines: LogLine[] = [];
  readonly #watch: ConfigWatch;
  readonly #told: string[] = [];
  #wake: () => void = () => undefined;

  constructor(root: string) {
    this.root = root;
    this.pylons = join(root, 'pylons');
    this.#watch = watchPylons({
      pylonsDirectory: this.pylons,
      configFile: join(root, 'config.yaml'),
      onPylonsChanged: (names) => this.#hear([...names].toSorted().join(' ')),
      onConfigChanged: () => this.#hear('config.yaml'),
      clock: systemClock,
      log: makeLog((line) => this.lines.push(line)),
    });
  }

  start(): Promise<void> {
    return this.#watch.start();
  }

  async end(): Promise<void> {
    await this.#watch.stop();
    await this.#watch.stop();
    await rm(this.root, { recursive: true });
  }

  /** Makes a change and gives what is told of it first, in time. */
  async tellsOf(change: () => Promise<unknown>): Promise<string> {
    this.#told.length = 0;
    await change();
    if (this.#told.length === 0)
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), wait(1_000)]);
    return this.#told[0] ?? 'nothing within a second';
  }

  /** Everything told until nothing has been told for longer than a poll takes. */
  async tellsInAll(change: () => Promise<unknown>): Promise<string[]> {
    await this.tellsOf(change);
    await wait(900);
    return [...this.#told];
  }

  file(...path: string[]): string {
    return join(this.pylons, ...path);
  }

  #hear(what: string): void {
    this.#told.push(what);
    this.#wake();
  }
}

async function watchedHome(...pylons: string[]): Promise<WatchedHome> {
  const home = new WatchedHome(await mkdtemp(join(tmpdir(), 'pylon-watch-')));
  await writeFile(join(home.root, 'config.yaml'), 'version: 1\n');
  for (const name of pylons) {
    await mkdir(home.file(name), { recursive: true });
    await writeFile(home.file(name, 'pylon.yaml'), `name: ${name}\n`);
  }
  await home.start();
  return home;
}

const changes: readonly { readonly title: string; readonly change: (home: WatchedHome) => Promise<unknown> }[] = [
  { title: 'an edit in place', change: (home) => appendFile(home.file('a', 'pylon.yaml'), '# more\n') },
  {
    title: 'an edit of the same length that sets the file’s time back',
    change: async (home) => {
      await writeFile(home.file('a', 'pylon.yaml'), 'name: b\n');
      await utimes(home.file('a', 'pylon.yaml'), 1, 1);
    },
  },
  {
    title: 'a save by renaming a new file over the old one',
    change: async (home) => {
      await writeFile(home.file('a', '.pylon.yaml.new'), 'name: a\n');
      await rename(home.file('a', '.pylon.yaml.new'), home.file('a', 'pylon.yaml'));
    },
  },
  {
    title: 'a save that moves the old file to a backup and writes a new one',
    change: async (home) => {
      await rename(home.file('a', 'pylon.yaml'), home.file('a', 'pylon.yaml~'));
      await writeFile(home.file('a', 'pylon.yaml'), 'name: a\n');
    },
  },
  { title: 'a new .env', change: (home) => writeFile(home.file('a', '.env'), 'KEY=value\n') },
  { title: 'a removed pylon.yaml', change: (home) => unlink(home.file('a', 'pylon.yaml')) },
  { title: 'a removed directory', change: (home) => rm(home.file('a'), { recursive: true }) },
  {
    title: 'a directory that was removed and made again',
    change: async (home) => {
      await rm(home.file('a'), { recursive: true });
      await mkdir(home.file('a'));
      await writeFile(home.file('a', 'pylon.yaml'), 'name: a\n');
    },
  },
  {
    title: 'a directory moved away and another moved to its place',
    change: async (home) => {
      await mkdir(join(home.root, 'other'));
      await writeFile(join(home.root, 'other', 'pylon.yaml'), 'name: a\n');
      await rename(home.file('a'), join(home.root, 'old'));
      await rename(join(home.root, 'other'), home.file('a'));
    },
  },
];

describe('config watch', () => {
  for (const { title, change } of changes) {
    it(`tells within a second of ${title}`, async () => {
      const home = await watchedHome('a', 'z');
      try {
        assert.equal(await home.tellsOf(() => change(home)), 'a');
      } finally {
        await home.end();
      }
    });
  }

  it('tells within a second of a new directory whose file follows at once', async () => {
    const home = await watchedHome('a');
    try {
      const told = await home.tellsInAll(async () => {
        await mkdir(home.file('new'));
        await writeFile(home.file('new', 'pylon.yaml'), 'name: new\n');
      });
      assert.deepEqual(told, ['new']);
    } finally {
      await home.end();
    }
  });

  it('tells within a second of a directory with its files that was moved in', async () => {
    const home = await watchedHome('a');
    try {
      await mkdir(join(home.root, 'elsewhere', 'deep'), { recursive: true });
      await writeFile(join(home.root, 'elsewhere', 'pylon.yaml'), 'name: new\n');
      assert.equal(await home.tellsOf(() => rename(join(home.root, 'elsewhere'), home.file('new'))), 'new');
      assert.equal(await home.tellsOf(() => appendFile(home.file('new', 'pylon.yaml'), '# more\n')), 'new');
    } finally {
      await home.end();
    }
  });

  it('tells of changes in a pylon directory that is a symbolic link, and of a new link', async () => {
    const home = await watchedHome('a');
    try {
      const real = join(home.root, 'real');
      await mkdir(real);
      await writeFile(join(real, 'pylon.yaml'), 'name: linked\n');
      assert.equal(await home.tellsOf(() => symlink(real, home.file('linked'))), 'linked');
      assert.equal(await home.tellsOf(() => appendFile(join(real, 'pylon.yaml'), '# more\n')), 'linked');
    } finally {
      await home.end();
    }
  });

  it('follows pylons/ itself when it is missing at first, made, removed and made again', async () => {
    const home = await watchedHome();
    try {
      const make = async (): Promise<void> => {
        await mkdir(home.file('a'), { recursive: true });
        await writeFile(home.file('a', 'pylon.yaml'), 'name: a\n');
      };
      assert.equal(await home.tellsOf(make), 'a');
      assert.equal(await home.tellsOf(() => rm(home.pylons, { recursive: true })), 'a');
      assert.equal(await home.tellsOf(make), 'a');
      assert.equal(await home.tellsOf(() => appendFile(home.file('a', 'pylon.yaml'), '# more\n')), 'a');
      assert.deepEqual(home.lines, []);
    } finally {
      await home.end();
    }
  });

  it('tells of config.yaml apart from the pylons', async () => {
    const home = await watchedHome('a');
    try {
      assert.deepEqual(await home.tellsInAll(() => appendFile(join(home.root, 'config.yaml'), '# more\n')), [
        'config.yaml',
      ]);
    } finally {
      await home.end();
    }
  });

  it('tells several saves in quick succession once', async () => {
    const home = await watchedHome('a', 'b');
    try {
      const told = await home.tellsInAll(async () => {
        for (let save = 0; save < 5; save += 1) await appendFile(home.file('a', 'pylon.yaml'), `# ${save}\n`);
        await appendFile(home.file('b', 'pylon.yaml'), '# more\n');
      });
      assert.deepEqual(told, ['a b']);
    } finally {
      await home.end();
    }
  });

  it('tells of a file that never rests all the same', async () => {
    const home = await watchedHome('a');
    const writing = new AbortController();
    const writer = (async () => {
      while (!writing.signal.aborted) {
        await appendFile(home.file('a', 'pylon.yaml'), '#\n');
        await wait(10);
      }
    })();
    try {
      assert.equal(await home.tellsOf(() => Promise.resolve()), 'a');
    } finally {
      writing.abort();
      await writer;
      await home.end();
    }
  });

  it('does not tell of what jobs write, nor of a plain file beside the pylons', async () => {
    const home = await watchedHome('a');
    try {
      const told = await home.tellsInAll(async () => {
        await writeFile(home.file('a', 'jobs.db'), 'x');
        await writeFile(home.file('a', 'jobs.db-wal'), 'x');
        await mkdir(home.file('a', 'jobs', '1', 'workspace'), { recursive: true });
        await writeFile(home.file('a', 'jobs', '1', 'workspace', 'pylon.yaml'), 'x');
        await writeFile(home.file('README'), 'x');
      });
      assert.deepEqual(told, []);
    } finally {
      await home.end();
    }
  });

  const linux = process.platform === 'linux';
  for (const limit of ['max_inotify_instances', 'max_inotify_watches']) {
    it(
      `tells of changes, and logs why it looks for them itself, where ${limit} is used up`,
      { skip: !linux },
      async () => {
        const home = await watchedHome('a');
        try {
          // A user namespace of its own has limits of its own.
          const program = fileURLToPath(new URL('watch-one-change.js', import.meta.url));
          const script = `echo 0 > /proc/sys/user/${limit} && exec "$@"`;
          const command = ['--user', '--map-root-user', 'sh', '-c', script, 'sh', process.execPath, program, home.root];
          const { stdout } = await promisify(execFile)('unshare', command, { timeout: 20_000 });
          assert.match(stdout, /^warn Changes below .* cannot be followed \(.*\); its files are looked at/m);
          assert.match(stdout, /^told a$/m);
        } finally {
          await home.end();
        }
      },
    );
  }

  it('tells nothing more once it is stopped, also when it never ran', async () => {
    const home = await watchedHome('a');
    await home.end();
    const idle = new WatchedHome(await mkdtemp(join(tmpdir(), 'pylon-watch-')));
    await idle.end();
    assert.deepEqual(home.lines, []);
  });
});
