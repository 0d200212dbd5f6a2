import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const leaves = [
  'clock',
  'duration',
  'env-file',
  'errors',
  'file-id',
  'log',
  'os-lock',
  'regular-file',
  'variables',
  'version',
].map((name) => `src/${name}`);
/** Rooms that know no thread and no message, so that the commands and the settings check may use them too. */
const belowActor = ['agents', 'channel', 'child', 'engine', 'store', 'template', 'webhook', 'workspace'].map(
  (name) => `workers/${name}`,
);
const shared = ['src/protocol', ...leaves];

/** Each room, and all that it may import. A room that is not listed may import nothing: list it here, on purpose. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/main': ['src/cli', ...leaves],
  'src/cli': ['src/daemon', 'src/control', 'src/config', ...belowActor, ...shared],
  'src/daemon': ['src/http', 'src/control', 'src/supervisor', 'src/config', ...belowActor, ...shared],
  'src/config': [...belowActor, ...shared],
  'src/http': shared,
  'src/control': shared,
  'src/supervisor': shared,
  'src/protocol': leaves,
  'src/env-file': ['src/regular-file'],
  'src/os-lock': ['src/file-id'],
  'workers/pylon': ['workers/actor', ...shared],
  'workers/actor': [...belowActor, ...shared],
  'workers/agents': ['workers/engine', ...shared],
  'workers/channel': ['workers/store', 'workers/template', ...shared],
  'workers/child': shared,
  'workers/engine': ['workers/child', ...shared],
  'workers/store': shared,
  'workers/template': shared,
  'workers/webhook': ['workers/store', ...shared],
  'workers/workspace': ['workers/child', 'workers/engine', ...shared],
};

/** Packages that only these files may import, and how. */
const heavy: Readonly<Record<string, string>> = { dockerode: 'workers/engine/', undici: 'workers/channel/' };

interface Import {
  readonly from: string;
  readonly to: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

describe('imports', () => {
  it('go one way between the rooms', async () => {
    const wrong = (await importsOf('src', 'workers')).filter(({ from, to }) => {
      return to.startsWith('src/') || to.startsWith('workers/') ? !isAllowed(roomOf(from), roomOf(to)) : false;
    });
    assert.deepEqual(wrong, []);
  });

  it('of the tests are never made by the program', async () => {
    const wrong = (await importsOf('src', 'workers')).filter(({ to }) => to.startsWith('test/') || to.startsWith('..'));
    assert.deepEqual(wrong, []);
  });

  it('of the packages that cost an idle pylon megabytes are dynamic, in one room each', async () => {
    const wrong = (await importsOf('src', 'workers')).filter(({ from, to, kind }) => {
      const room = heavy[to];
      return room !== undefined && kind !== 'type' && !(kind === 'dynamic' && from.startsWith(room));
    });
    assert.deepEqual(wrong, []);
  });

  it('of the file watcher are made in the supervisor alone, as it must not run in a worker thread', async () => {
    const all = await importsOf('src', 'workers');
    const rooms = new Set(all.filter(({ to }) => to === '@parcel/watcher').map(({ from }) => roomOf(from)));
    assert.deepEqual([...rooms], ['src/supervisor']);
  });

  it('do not go in circles between files', async () => {
    const next = new Map<string, string[]>();
    for (const { from, to, kind } of await importsOf('src', 'workers')) {
      if (kind === 'value') next.set(from, [...(next.get(from) ?? []), to]);
    }
    const circles = [...next.keys()].filter((file) => reaches(file, file, next));
    assert.deepEqual(circles, []);
  });
});

function isAllowed(from: string, to: string): boolean {
  return from === to || (mayImport[from] ?? []).includes(to);
}

/** `src/http/body.ts` is in the room `src/http`; `src/errors.ts` is one of its own. */
function roomOf(file: string): string {
  return file.split('/').slice(0, 2).join('/').replace(/\.ts$/, '');
}

function reaches(from: string, goal: string, next: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const ahead = [...(next.get(from) ?? [])];
  for (let file = ahead.pop(); file !== undefined; file = ahead.pop()) {
    if (file === goal) return true;
    if (!seen.has(file)) ahead.push(...(next.get(file) ?? []));
    seen.add(file);
  }
  return false;
}

async function importsOf(...folders: string[]): Promise<Import[]> {
  const all: Import[] = [];
  for (const folder of folders) {
    for (const entry of await readdir(join(root, folder), { recursive: true })) {
      if (!entry.endsWith('.ts')) continue;
      const file = join(root, folder, entry);
      all.push(...parseImports(file, await readFile(file, 'utf8')));
    }
  }
  assert.ok(all.length > 100, 'the sources were not found');
  return all;
}

function parseImports(file: string, text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm);
  return [...statements].map(([, type, fixed, dynamic]) => {
    const target = fixed ?? dynamic ?? '';
    const to = target.startsWith('.') ? pathFromRoot(join(dirname(file), target)) : target;
    return { from: pathFromRoot(file), to, kind: dynamic !== undefined ? 'dynamic' : type ? 'type' : 'value' };
  });
}

function pathFromRoot(path: string): string {
  return relative(root, path).split(sep).join('/');
}
