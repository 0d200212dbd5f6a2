import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { TemplateSubject } from '../../workers/template/template-data.ts';

import { parseTemplate } from '../../workers/template/parse-template.ts';
import { renderTemplate } from '../../workers/template/render-template.ts';
import { templateData } from '../../workers/template/template-data.ts';

const subject: TemplateSubject = {
  payload: '{"action":"opened","number":12345678901234567890}',
  headers: { 'X-GitHub-Event': 'push' },
  job: { id: '0b9e' },
  pylon: { name: 'reviews' },
  now: new Date('2026-02-03T04:05:06.789Z'),
  scheduledAt: null,
};

test('Templates see the body, the headers in lower case, the job, the pylon and the time', () => {
  const template =
    '{{.body.action}} {{.body.number}} {{index .headers "x-github-event"}} {{.job.id}} {{.pylon.name}} {{.now}}';
  assert.equal(rendered(template, {}), 'opened 12345678901234567890 push 0b9e reviews 2026-02-03T04:05:06Z');
});

test('A job without payload has an empty body', () => {
  assert.equal(rendered('{{.body}} {{.body.x.y}} {{len .body}}', { payload: null }), 'map[] <no value> 0');
});

test('A body need not be an object', () => {
  assert.equal(rendered('{{range .body}}{{.a}}{{end}}', { payload: '[{"a":1},{"a":2}]' }), '12');
  assert.equal(rendered('{{.body}} {{.body.x}}', { payload: '"text"' }), 'text <no value>');
});

test('The scheduled time is RFC 3339 where there is one, and can be written by a layout', () => {
  assert.equal(rendered('{{.trigger.scheduled_at}}', {}), '<no value>');
  const scheduledAt = new Date('2026-01-01T09:00:00Z');
  assert.equal(rendered('{{.trigger.scheduled_at}}', { scheduledAt }), '2026-01-01T09:00:00Z');
  assert.equal(rendered('{{.trigger.scheduled_at | date "Jan 2 15:04"}}', { scheduledAt }), 'Jan 1 09:00');
});

test('A header named __proto__ is an ordinary one', () => {
  const headers = Object.fromEntries([['__proto__', 'x']]);
  assert.equal(rendered('{{.headers.__proto__}} {{.headers.constructor}}', { headers }), 'x <no value>');
});

test('A stored payload that is not JSON is an error that says so', () => {
  assert.throws(() => templateData({ ...subject, payload: 'no' }), { code: 'PYLON_NOT_JSON' });
});

function rendered(template: string, change: Partial<TemplateSubject>): string {
  return renderTemplate(parseTemplate(template), templateData({ ...subject, ...change })).text;
}
