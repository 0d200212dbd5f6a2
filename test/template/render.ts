import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RenderOptions, Rendered } from '../../workers/template/render-template.ts';

import { parseTemplate } from '../../workers/template/parse-template.ts';
import { parsePayload } from '../../workers/template/payload.ts';
import { renderTemplate } from '../../workers/template/render-template.ts';
import { isMap } from '../../workers/template/values.ts';

/** A template, the JSON object that it is rendered on, and the text that must come out. */
export type Case = readonly [template: string, data: string, expected: string];

/** One test for each case, named after its template. */
export function testCases(cases: readonly Case[]): void {
  for (const [template, data, expected] of cases) {
    test(`${JSON.stringify(template)} on ${data} gives ${JSON.stringify(expected)}`, () => {
      assert.equal(render(template, data).text, expected);
    });
  }
}

/** A template, its data, and what the error must say. */
export type FailingCase = readonly [template: string, data: string, message: RegExp];

export function testFailures(cases: readonly FailingCase[]): void {
  for (const [template, data, message] of cases) {
    test(`${JSON.stringify(template)} on ${data} cannot be rendered: ${message.source}`, () => {
      assert.throws(() => render(template, data), { name: 'TemplateRenderError', message });
    });
  }
}

export function render(template: string, json: string, options?: RenderOptions): Rendered {
  const data = parsePayload(json);
  assert.ok(isMap(data));
  return renderTemplate(parseTemplate(template), data, options);
}
