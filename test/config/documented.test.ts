import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { readMachine } from '../../src/config/machine.ts';
import type { SchemaNode } from '../../src/config/schema.ts';
import { memberSchema, schemaOf } from '../../src/config/schema.ts';
import { variableNames } from '../../src/variables.ts';
import { homeOfFiles, lines } from './home-of-files.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Example {
  readonly where: string;
  readonly file: 'config.yaml' | 'pylon.yaml';
  readonly text: string;
}

function pages(): string[] {
  const docs = existsSync(join(root, 'docs'))
    ? readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    : [];
  return [...docs.map((page) => join('docs', page)), 'README.md'].filter(
    (page) => page.endsWith('.md') && existsSync(join(root, page)),
  );
}

/** Fences that begin with ```yaml pylon.yaml or ```yaml config.yaml. */
function examples(): Example[] {
  return pages().flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(/^```yaml (config|pylon)\.yaml\n([\s\S]*?)^```$/gm)].map(([, kind, yaml = ''], index) => ({
      where: `${page}, example ${index + 1}`,
      file: kind === 'config' ? 'config.yaml' : 'pylon.yaml',
      text: yaml,
    }));
  });
}

/** Dotted keys of a schema, without those of lists and free mappings. */
function keysOf(schema: SchemaNode, path: readonly string[] = []): string[] {
  return Object.keys(schema.properties ?? {}).flatMap((key) => {
    const below = memberSchema(schema, key);
    const deeper = below === undefined ? [] : keysOf(below, [...path, key]);
    return deeper.length > 0 ? deeper : [[...path, key].join('.')];
  });
}

describe('the documentation', () => {
  const found = examples();

  it('has examples of both files', () => {
    assert.ok(found.some(({ file }) => file === 'config.yaml'));
    assert.ok(found.some(({ file }) => file === 'pylon.yaml'));
  });

  for (const { where, file, text } of found) {
    it(`shows settings that are right: ${where}`, () => {
      const env = Object.fromEntries(variableNames(text).map((name) => [name, 'some-value']));
      const name = /^name: (\S+)$/m.exec(text)?.[1] ?? 'p';
      using home = homeOfFiles({ [file === 'config.yaml' ? file : `pylons/${name}/pylon.yaml`]: text });
      const read = readMachine(home.paths, env);
      assert.deepEqual(read.ok ? [] : lines(read.problems, home.paths.home), []);
      if (file === 'config.yaml') return;
      const loaded = home.pylon(name, env);
      assert.deepEqual(loaded.ok ? [] : lines(loaded.problems, home.paths.home), []);
    });
  }

  it('has every key of both schemas', () => {
    const text = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');
    const config = keysOf(schemaOf('config')).filter((key) => !/^(defaults\.(channel|agent)|alerts)\./.test(key));
    const missing = [...config, ...keysOf(schemaOf('pylon'))].filter((key) => {
      const last = key.slice(key.lastIndexOf('.'));
      // A row may name several: `a.b.one`, `.two`.
      const shared = text
        .split('\n')
        .some((line) => line.includes(`\`${key.slice(0, -last.length)}.`) && line.includes(`\`${last}\``));
      return !text.includes(`\`${key}\``) && !shared;
    });
    assert.deepEqual(missing, []);
  });
});
