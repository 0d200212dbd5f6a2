import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';

import { pullRequestPayload } from '../../../src/cli/demo/pull-request.ts';

const repository = {
  branch: 'topic',
  base: 'b'.repeat(40),
  head: 'a'.repeat(40),
  changedFiles: 3,
  additions: 16,
  deletions: 2,
};
const payload = pullRequestPayload({ forge: 'http://127.0.0.1:8000', repository, at: new Date(0) });

interface Event {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

describe('the demo’s event', () => {
  it('has nothing in it that GitHub’s own pull_request events do not have in the same place and of the same type', () => {
    const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Event[];
    const real = events.find(({ name }) => name === 'pull_request')?.examples ?? [];
    assert.ok(real.length > 20, 'the examples were not found');
    const known = new Set(real.flatMap((example) => shapeOf(example)));
    // Newer than those examples; as in the documentation of the event.
    const newer = (line: string): boolean =>
      /\.(repo|repository)\.(allow_forking|is_template|topics|visibility): /.test(`.${line}`);
    // Where an example has null, it could as well be anything.
    const fits = (line: string): boolean => known.has(line) || known.has(line.replace(/: .*/, ': null')) || newer(line);
    const strange = shapeOf(payload).filter((line) => !fits(line));
    assert.deepEqual(strange, []);
  });

  it('has all that GitHub puts at the top, and of the pull request all but a few links', () => {
    const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Event[];
    const opened = events
      .find(({ name }) => name === 'pull_request')
      ?.examples.find((example) => example['action'] === 'opened' && 'organization' in example);
    assert.ok(opened);
    const missing = (mine: unknown, theirs: unknown): string[] =>
      Object.keys(theirs as object).filter((key) => !(key in (mine as object)));
    assert.deepEqual(
      missing(payload, opened).filter((key) => key !== 'installation'),
      [],
    );
    const links = missing(payload['pull_request'], opened['pull_request']);
    assert.deepEqual(
      links.filter((key) => !key.endsWith('_url')),
      [],
    );
  });
});

/** Each scalar as `path: type`. */
function shapeOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [`${path}: list`];
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, member]) => shapeOf(member, path === '' ? key : `${path}.${key}`));
  }
  return [`${path}: ${value === null ? 'null' : typeof value}`];
}
