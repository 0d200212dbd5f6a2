import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { catalogue } from '../../src/errors.ts';
import { errorsPage } from './errors-page.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('docs/errors.md', () => {
  it('is what the catalogue says (`npm run gen:errors` makes it so)', async () => {
    assert.equal(await readFile(join(root, 'docs', 'errors.md'), 'utf8'), errorsPage());
  });
});

describe('the catalogue of errors', () => {
  it('has no code that nothing uses', async () => {
    const text = await programText();
    assert.deepEqual(
      Object.keys(catalogue).filter((code) => !text.includes(`'${code}'`)),
      [],
    );
  });

  it('has every code that the documentation names', async () => {
    const documents = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'));
    const named = new Set<string>();
    for (const document of documents) {
      const text = await readFile(join(root, 'docs', document), 'utf8');
      for (const [code] of text.matchAll(/\bPYLON_[A-Z_]+\b/g)) named.add(code);
    }
    // Environment variables look like codes.
    const known = `${await programText()} ${Object.keys(catalogue).join(' ')}`;
    assert.deepEqual(
      [...named].filter((name) => !new RegExp(`\\b${name}\\b`).test(known)),
      [],
    );
  });

  it('ends every sentence and every explanation with a full stop', () => {
    const unended = Object.entries(catalogue).filter(
      ([code, { text, help }]) => code !== 'PYLON_USAGE' && !(/[.}]$/.test(text) && help.endsWith('.')),
    );
    assert.deepEqual(unended, []);
  });
});

async function programText(): Promise<string> {
  const texts: string[] = [];
  for (const folder of ['src', 'workers']) {
    for (const entry of await readdir(join(root, folder), { recursive: true })) {
      if (entry.endsWith('.ts') && entry !== 'errors.ts') texts.push(await readFile(join(root, folder, entry), 'utf8'));
    }
  }
  return texts.join('\n');
}
