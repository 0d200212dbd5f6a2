import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { render, testCases, testFailures } from './render.ts';

describe('What is not there', () => {
  testCases([
    ['{{.a}} {{.a.b}} {{.n}} {{.n.b.c}}', '{"n":null}', '<no value> <no value> <no value> <no value>'],
    [
      '{{.s.x}} {{.i.x}} {{.l.x}} {{$.t.x}}',
      '{"s":"text","i":1,"l":[1],"t":true}',
      '<no value> <no value> <no value> <no value>',
    ],
    ['{{with $x := .a}}{{else}}{{$x.b}}{{end}}', '{}', '<no value>'],
    ['{{(.a).b}} {{index .m "x" "y"}}', '{"m":{}}', '<no value> <no value>'],
  ]);

  test('is reported where it was printed, also through a printing function', () => {
    const missing = (template: string): boolean => render(template, '{"n":null,"s":"<no value>","l":[null]}').missing;
    for (const template of [
      '{{.a}}',
      'x{{.n.b}}',
      '{{printf "%s" .a}}',
      '{{print .n}}',
      '{{html .a}}',
      '{{.a | urlquery}}',
    ]) {
      assert.equal(missing(template), true, template);
    }
    for (const template of [
      'x',
      '{{.s}}',
      '{{if .a}}{{end}}',
      '{{.a | default "x"}}',
      '{{$x := .a}}',
      '{{json .a}}',
      '{{.l}}',
    ]) {
      assert.equal(missing(template), false, template);
    }
  });
});

describe('Escaping', () => {
  const escape = (text: string): string => text.replace(/[<>*]/g, (character) => `\\${character}`);

  test('is applied to every printed value and to none of the template’s own text', () => {
    const template = '*<{{.a}}>* {{range .l}}<{{.}}>{{end}} {{.x}} {{printf "<%s>" .a}} {{json .l}}';
    const { text } = render(template, '{"a":"<b>","l":["*"]}', { escape });
    assert.equal(text, '*<\\<b\\>>* <\\*> \\<no value\\> \\<\\<b\\>\\> ["\\*"]');
  });

  test('is applied inside of defined templates as well', () => {
    assert.equal(render('{{define "t"}}<{{.}}>{{end}}{{template "t" .a}}', '{"a":"*"}', { escape }).text, '<\\*>');
  });
});

describe('Limits', () => {
  testFailures([
    ['{{range 1000000000}}{{end}}', '{}', /^line 1: the template takes more than 1000000 steps/],
    ['{{range 9223372036854775807}}{{$x := .}}{{end}}', '{}', /steps/],
    ['{{range .n}}{{end}}', '{"n":1e300}', /steps/],
    ['{{range 1000000}}0123456789{{end}}', '{}', /^line 1: the result is larger than 1048576 bytes/],
    [
      'a\n{{range 100}}{{$x := printf "%999999d" 1}}{{$y := printf "%999999d" $x}}{{end}}{{$z := 0}}{{range 1000}}{{$z = printf "%999999d" 1}}{{end}}',
      '{}',
      /^line 2: .*steps/,
    ],
    ['{{$x := "ab"}}{{range 100}}{{$x = print $x $x}}{{end}}', '{}', /steps|too large/],
    ['{{define "t"}}{{template "t" .}}{{template "t" .}}{{end}}{{template "t"}}', '{}', /deeper than 100/],
  ]);

  test('A payload that makes every round expensive ends with an error', { timeout: 60_000 }, () => {
    const big = JSON.stringify({ items: Array.from({ length: 20_000 }, () => 1), text: 'x'.repeat(200_000) });
    assert.throws(() => render('{{range .items}}{{$n := len $.text}}{{end}}', big), /steps/);
    assert.throws(() => render('{{range .items}}{{range $.items}}{{end}}{{end}}', big), /steps/);
    assert.throws(() => render('{{range .items}}{{$x := json $}}{{end}}', big), /steps/);
    assert.throws(() => render('{{range .items}}{{$x := print $.items}}{{end}}', big), /steps/);
    assert.throws(() => render('{{range .items}}{{if eq $.text "x"}}{{end}}{{end}}', big), /steps/);
  });

  test('The size of the result is counted in bytes and can be chosen', () => {
    assert.equal(render('{{.a}}', '{"a":"éé"}', { maxBytes: 4 }).text, 'éé');
    assert.throws(() => render('{{.a}}', '{"a":"ééé"}', { maxBytes: 4 }), /larger than 4 bytes/);
    assert.throws(() => render('12345', '{}', { maxBytes: 4 }), /larger than 4 bytes/);
  });

  test('The deepest blocks, calls and payload together do not exhaust the stack', () => {
    const body = `${'{{with .}}'.repeat(99)}{{template "t" .}}${'{{end}}'.repeat(99)}`;
    assert.throws(() => render(`{{define "t"}}${body}{{end}}{{template "t" .}}`, '{"a":1}'), /nested deeper than 1000/);
    const deep = '['.repeat(511) + ']'.repeat(511);
    const nested = `${'('.repeat(98)}.a${')'.repeat(98)}`;
    const calls = `{{define "t"}}{{with .next}}{{template "t" .}}{{else}}{{json ${nested}}}{{print .}}{{end}}{{end}}{{template "t" .}}`;
    assert.match(render(calls, `{"a":${deep}}`).text, /^\[{511}\]{511}map/);
  });
});

test('An error while rendering names the line of the action', () => {
  assert.throws(() => render('one\ntwo {{ if true }}\n{{ len .x }}{{ end }}', '{}'), {
    line: 3,
    message: /^line 3: len: /,
  });
  assert.throws(() => render('{{ define "t" }}\n\n{{ index .l 3 }}{{ end }}\n{{ template "t" . }}', '{"l":[]}'), {
    line: 3,
  });
  assert.throws(() => render('{{ .a |\n\n len }}', '{"a":1}'), { line: 3 });
});
