import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { render, testCases } from './render.ts';

describe('Nothing of JavaScript can be reached', () => {
  testCases([
    [
      '{{.constructor}} {{.__proto__}} {{.toString}} {{.hasOwnProperty}}',
      '{}',
      '<no value> <no value> <no value> <no value>',
    ],
    ['{{.constructor.constructor}} {{.size}} {{.get}}', '{}', '<no value> <no value> <no value>'],
    [
      '{{.s.length}} {{.s.constructor}} {{.l.length}} {{.l.map}} {{.n.toFixed}}',
      '{"s":"x","l":[1],"n":1}',
      '<no value> <no value> <no value> <no value> <no value>',
    ],
    ['{{index . "__proto__"}} {{index . "constructor" "prototype"}}', '{}', '<no value> <no value>'],
    ['{{.w.text}} {{.w.size}}', '{"w":1.0}', '<no value> <no value>'],
    ['{{range $k, $v := .}}{{$k}};{{end}}', '{"__proto__":1,"a":2}', '__proto__;a;'],
    ['{{.__proto__.polluted}} {{.x.polluted}}', '{"__proto__":{"polluted":1},"x":{}}', '1 <no value>'],
    ['{{.constructor}} {{.toString}}', '{"constructor":"mine","toString":null}', 'mine <no value>'],
  ]);

  test('and reading such a payload changes no prototype', () => {
    render('{{.}}', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });
});

describe('Payload text is data', () => {
  testCases([
    ['{{.a}}', '{"a":"{{.secret}}","secret":"x"}', '{{.secret}}'],
    ['{{printf .a .b}}', '{"a":"%s{{.b}}","b":"{{.a}}"}', '{{.a}}{{.b}}'],
    ['{{define "t"}}{{.}}{{end}}{{template "t" .a}}', '{"a":"{{template \\"t\\" .}}"}', '{{template "t" .}}'],
    ['{{range .l}}{{.}}{{end}}', '{"l":["{{end}}","{{/*","}}"]}', '{{end}}{{/*}}'],
    ['{{.a}}', '{"a":"$& $1 $` \\u0000 \\ud800"}', '$& $1 $` \u0000 \ud800'],
    ['{{json .a}}', '{"a":"</script>\\u2028\\ud800"}', '"</script>\u2028\\ud800"'],
  ]);

  test('A format from the payload can ask for much, and gets an error instead of the thread', () => {
    const data = JSON.stringify({ format: '%999999[1]d'.repeat(1_000), width: 999_999 });
    assert.throws(() => render('{{printf .format 1}}', data), /steps/);
    assert.throws(() => render('{{range 1000}}{{$x := printf "%*d" $.width 1}}{{end}}', data), /steps/);
  });
});
