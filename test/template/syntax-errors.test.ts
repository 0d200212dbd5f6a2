import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseTemplate, templateIsPlain } from '../../workers/template/parse-template.ts';
import { TemplateSyntaxError } from '../../workers/template/template-errors.ts';

const cases: readonly (readonly [source: string, place: string, message: RegExp])[] = [
  ['{{', '1:1', /an action is not closed: "}}" is missing/],
  ['text\n\n  {{ .a ', '3:3', /an action is not closed/],
  ['{{}}', '1:3', /a value is missing/],
  ['a\nb {{ .x-y }}', '2:8', /unexpected "-" after \.x; .*index \.headers "x-github-event"/],
  ['{{ "open }}', '1:4', /a quoted text is not closed: "/],
  ['{{ `open }}', '1:4', /not closed: `/],
  ["{{ 'ab' }}", '1:4', /'ab' is not one character/],
  ['{{ "a\\qb" }}', '1:4', /has an escape that Go does not know/],
  ['{{ /* c */ }}', '1:4', /unexpected "\/" in an action/],
  ['x {{/* c }}', '1:3', /a comment is not closed/],
  ['{{/* c */ .x }}', '1:10', /a comment must end with/],
  ['{{ 3x }}', '1:4', /"3x" is not a number/],
  ['{{ 1_ }}', '1:4', /is not a number/],
  ['{{ 09 }}', '1:4', /is not a number/],
  ['{{ 9223372036854775808 }}', '1:4', /does not fit 64 bits/],
  ['{{ 1e999 }}', '1:4', /too large/],
  ['{{ foo }}', '1:4', /there is no function "foo"/],
  ['{{ .a | foo }}', '1:9', /there is no function "foo"/],
  ['{{ $x }}', '1:4', /the variable \$x is not declared/],
  ['{{ $x = 1 }}', '1:4', /the variable \$x is not declared/],
  ['{{ if true }}{{ $x := 1 }}{{ end }}\n{{ $x }}', '2:4', /\$x is not declared/],
  ['{{ $x := 1 }}{{ define "a" }}{{ $x }}{{ end }}', '1:33', /\$x is not declared/],
  ['{{ $a, $b := .l }}', '1:8', /too many variables in an action/],
  ['{{ range $a, $b, $c := .l }}{{ end }}', '1:18', /too many variables in range/],
  ['{{ ($x := 1) }}', '1:5', /no variable can be set inside parentheses/],
  ['{{ 1 | 2 }}', '1:8', /2 is not a function, so nothing can be piped into it/],
  ['{{ 1 | .a }}', '1:8', /\.a is not a function/],
  ['{{ .a 1 }}', '1:4', /\.a is not a function and takes no arguments/],
  ['{{ 1 | }}', '1:8', /a value is missing before }}/],
  ['{{ | 1 }}', '1:4', /unexpected "\|"/],
  ['{{ nil }}', '1:4', /nil is not a command/],
  ['{{ () }}', '1:5', /a value is missing in parentheses/],
  ['{{ (1 }}', '1:7', /a parenthesis is not closed/],
  ['{{ 1) }}', '1:5', /unexpected "\)"/],
  ['{{ print(1) }}', '1:9', /unexpected "\("/],
  ['{{ "a".b }}', '1:7', /unexpected \.b after "a"/],
  ['{{ .a. }}', '1:6', /unexpected "\."/],
  ['{{ len }}', '1:4', /len takes 1 argument and got 0/],
  ['{{ .a | len .b }}', '1:9', /len takes 1 argument and got 2/],
  ['{{ eq 1 }}', '1:4', /eq takes at least 2 arguments and got 1/],
  ['{{ slice "a" 1 2 3 4 }}', '1:4', /slice takes 1 to 4 arguments and got 5/],
  ['{{ if }}x{{ end }}', '1:7', /a value is missing in if/],
  ['a\n{{ if true }}\nx', '2:4', /if is not closed: {{ end }} is missing/],
  ['{{ range .l }}{{ if .a }}{{ end }}', '1:4', /range is not closed/],
  ['\n{{ end }}', '2:4', /unexpected {{ end }}: no block is open/],
  ['{{ else }}', '1:4', /unexpected {{ else }}/],
  ['{{ if true }}{{ else }}{{ else }}{{ end }}', '1:27', /a second else/],
  ['{{ range .l }}{{ else if .x }}{{ end }}', '1:23', /unexpected "if" in else of range/],
  ['{{ if .a }}{{ else with .b }}{{ end }}', '1:20', /unexpected "with" in else of if/],
  ['{{ break }}', '1:4', /stands outside of every range/],
  ['{{ range .l }}{{ else }}{{ continue }}{{ end }}', '1:28', /stands outside of every range/],
  ['{{ range .l }}{{ block "b" . }}{{ break }}{{ end }}{{ end }}', '1:35', /stands outside of every range/],
  ['{{ range .l }}{{ break 1 }}{{ end }}', '1:24', /unexpected "1" in break/],
  ['{{ if true }}{{ define "a" }}{{ end }}{{ end }}', '1:17', /only be defined outside/],
  ['{{ define "a" }}x{{ end }}\n{{ define "a" }}y{{ end }}', '2:4', /the template "a" is defined twice/],
  ['{{ define a }}{{ end }}', '1:11', /define needs a quoted name/],
  ['{{ define "a" }}x', '1:4', /define is not closed/],
  ['{{ template "x" }}', '1:4', /no template "x" is defined/],
  ['{{ template .x }}', '1:13', /template needs a quoted name, and "\.x" is not one/],
  ['{{ block "b" }}{{ end }}', '1:14', /a value is missing in block/],
  ['{{ .a end }}', '1:7', /unexpected end in the middle of an action/],
  ['{{ .a\n\n ! }}', '3:2', /unexpected "!" in an action/],
];

describe('A template that does not parse is refused with its place', () => {
  for (const [source, place, message] of cases) {
    test(`${JSON.stringify(source)} at ${place}: ${message.source}`, () => {
      const error = syntaxError(source);
      assert.match(error.message, message);
      assert.equal(`${error.line}:${error.column}`, place);
    });
  }

  test('Blocks and parentheses nested without measure are refused instead of exhausting the stack', () => {
    assert.match(syntaxError(`{{ ${'('.repeat(100_000)}1 }}`).message, /nested deeper than 100 levels/);
    assert.match(syntaxError('{{ if 1 }}'.repeat(100_000)).message, /nested deeper than 100 levels/);
    assert.match(
      syntaxError(`{{ if 1 }}${'{{ else if 1 }}'.repeat(100_000)}`).message,
      /nested deeper than 100 levels/,
    );
  });

  test('A message quotes no more of the template than a person can read', () => {
    assert.ok(syntaxError(`{{ ${'1'.repeat(200_000)} }}`).message.length < 300);
    assert.ok(syntaxError(`{{ ${'x'.repeat(200_000)} }}`).message.length < 300);
  });

  test('A large template parses in reasonable time', { timeout: 30_000 }, () => {
    parseTemplate('{{ $x := .a }}{{ if .b }}   \n   {{- .c }}{{ end }}'.repeat(5_000));
    parseTemplate(`{{ .a }}${' '.repeat(200_000)}x{{ .b }}`);
  });
});

test('A template is plain while it holds no action', () => {
  assert.equal(templateIsPlain('https://github.com/a/b }} {'), true);
  assert.equal(templateIsPlain('a {{ "b" }}'), false);
});

function syntaxError(source: string): TemplateSyntaxError {
  try {
    parseTemplate(source);
  } catch (error) {
    assert.ok(error instanceof TemplateSyntaxError, String(error));
    return error;
  }
  return assert.fail(`${source} parsed`);
}
