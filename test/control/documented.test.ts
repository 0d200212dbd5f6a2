import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { ControlServer } from '../../src/control/server.ts';
import { controlServer } from '../../src/control/server.ts';
import { makeLog } from '../../src/log.ts';
import { detail, listing, MemoryView, pylonListing } from './memory-view.ts';
import { ask } from './raw-request.ts';

const job = listing({ id: '3f2a1b9c-7a51-4a3e-9c58-0d4a5d0c9f11' });

let home: string;
let server: ControlServer;
let sections: Map<string, unknown>;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'pylon-documented-'));
  const view = new MemoryView(home);
  view.put(detail(job));
  view.listings = [pylonListing({ name: 'my-sentry' })];
  server = controlServer({ home, view, log: makeLog(() => {}) });
  await server.start();
  const text = await readFile(new URL('../../../docs/control-socket.md', import.meta.url), 'utf8');
  sections = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const [title = ''] = section.split('\n');
        const [, example] = /```json\n([^]*?)```/.exec(section) ?? [];
        return [title, example === undefined ? undefined : JSON.parse(example)];
      }),
  );
});

after(async () => {
  await server.stop();
  await rm(home, { recursive: true });
});

/** What is compared: keys and types, through all levels; null stands for any absent value. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shapeOf(child)]));
}

describe('docs/control-socket.md', () => {
  const documented = [
    ['GET', '/v1/status', 'GET /v1/status', 200],
    ['GET', '/v1/pylons', 'GET /v1/pylons', 200],
    ['GET', '/v1/jobs', 'GET /v1/jobs', 200],
    ['GET', '/v1/jobs/3f2a', 'GET /v1/jobs/&lt;job&gt;', 200],
    ['GET', '/v1/jobs/cccc', 'Errors', 404],
    ['POST', '/v1/restart', 'POST /v1/restart', 202],
    ['POST', '/v1/stop', 'POST /v1/stop', 202],
  ] as const;
  for (const [method, path, title, expected] of documented) {
    it(`shows the shape that ${method} ${path} answers`, async () => {
      const { status, type, body } = await ask(home, method, path);
      assert.deepEqual([status, type], [expected, 'application/json']);
      const example = sections.get(title);
      assert.ok(example !== undefined, `no example under "${title}"`);
      // The timeline's example is shortened; each entry is alike.
      assert.deepEqual(shapeOf(JSON.parse(body)), shapeOf(example));
    });
  }

  it('describes everything else that the socket has', () => {
    const log = sections.has('GET /v1/jobs/&lt;job&gt;/log');
    const kill = sections.has('POST /v1/jobs/&lt;job&gt;/kill');
    const retry = sections.has('POST /v1/jobs/&lt;job&gt;/retry');
    assert.deepEqual([log, kill, retry], [true, true, true]);
  });

  it('names the statuses and states that there are', async () => {
    const { jobStatuses } = await import('../../src/protocol/job.ts');
    const { pylonStates } = await import('../../src/control/daemon-view.ts');
    const text = await readFile(new URL('../../../docs/control-socket.md', import.meta.url), 'utf8');
    for (const word of [...jobStatuses, ...pylonStates]) assert.ok(text.includes(`\`${word}\``), word);
  });
});
