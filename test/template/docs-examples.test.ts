import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { parseTemplate } from '../../workers/template/parse-template.ts';
import { renderTemplate } from '../../workers/template/render-template.ts';
import { templateData } from '../../workers/template/template-data.ts';

interface Block {
  readonly language: string;
  readonly text: string;
}

const [payload, ...examples] = fencedBlocks(pageText());

test('The page has a payload, then examples of a template and its result', () => {
  assert.equal(payload?.language, 'json');
  assert.ok(examples.length >= 20);
  examples.forEach(({ language }, i) => assert.equal(language, i % 2 === 0 ? 'gotemplate' : 'text'));
});

for (let i = 0; i + 1 < examples.length; i += 2) {
  const [template, result] = [examples[i]?.text ?? '', examples[i + 1]?.text ?? ''];
  test(`The page’s example renders as it says: ${JSON.stringify(template.slice(0, 60))}`, () => {
    const data = templateData({
      payload: payload?.text ?? '',
      headers: { 'x-github-event': 'push' },
      job: { id: '7c9e6679-7425-40de-944b-e07fc1f90ae7' },
      pylon: { name: 'reviews' },
      now: new Date('2026-01-05T09:00:00Z'),
      scheduledAt: null,
    });
    assert.equal(renderTemplate(parseTemplate(template), data).text, result);
  });
}

function fencedBlocks(page: string): Block[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)\n```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
}

/** The page stands beside the sources; the compiled test lies one level deeper. */
function pageText(): string {
  return readFileSync(new URL('../../../docs/templates.md', import.meta.url), 'utf8');
}
