import { describe } from 'node:test';

import { testCases, testFailures } from './render.ts';

describe('if', () => {
  testCases([
    ['{{if true}}T{{else}}F{{end}}', '{}', 'T'],
    ['{{if .x}}T{{else}}F{{end}}', '{}', 'F'],
    ['{{if .x}}T{{else}}F{{end}}', '{"x":null}', 'F'],
    ['{{if .x}}T{{else}}F{{end}}', '{"x":0}', 'F'],
    ['{{if .x}}T{{else}}F{{end}}', '{"x":""}', 'F'],
    ['{{if .x}}T{{else}}F{{end}}', '{"x":[]}', 'F'],
    ['{{if .x}}T{{else}}F{{end}}', '{"x":{}}', 'F'],
    ['{{if .x}}T{{else}}F{{end}}', '{"x":"false"}', 'T'],
    ['{{if .x}}T{{else}}F{{end}}', '{"x":[0]}', 'T'],
    ['{{if 0.0}}T{{else}}F{{end}}', '{}', 'F'],
    ['{{if .a}}a{{else if .b}}b{{else if .c}}c{{else}}d{{end}}', '{"c":1}', 'c'],
    ['{{if .a}}a{{else if .b}}b{{else}}d{{end}}', '{}', 'd'],
    ['{{if .a}}a{{else if .b}}b{{end}}', '{}', ''],
    ['{{if $x := .a}}{{$x}}{{else}}{{printf "%q" $x}}{{end}}', '{"a":""}', '""'],
    ['{{if $x := .a}}{{$x}}{{else if $y := .b}}{{$x}}|{{$y}}{{end}}', '{"a":0,"b":2}', '0|2'],
  ]);
});

describe('with', () => {
  testCases([
    ['{{with .a}}{{.b}}{{end}}', '{"a":{"b":1}}', '1'],
    ['{{with .a}}x{{else}}none of {{.b}}{{end}}', '{"b":1}', 'none of 1'],
    ['{{with $x := .a}}{{$x}}{{.}}{{end}}', '{"a":3}', '33'],
    ['{{with .a}}a{{else with .b}}b{{.}}{{else}}c{{end}}', '{"b":7}', 'b7'],
    ['{{with .a}}a{{else with .b}}b{{else}}c{{end}}', '{}', 'c'],
    ['{{with .a}}{{with .b}}{{$.c}}{{end}}{{end}}', '{"a":{"b":1},"c":"top"}', 'top'],
  ]);
});

describe('range', () => {
  testCases([
    ['{{range .l}}<{{.}}>{{end}}', '{"l":["a","b"]}', '<a><b>'],
    ['{{range $e := .l}}{{$e}};{{end}}', '{"l":["a","b"]}', 'a;b;'],
    ['{{range $i, $e := .l}}{{$i}}={{$e}};{{end}}', '{"l":["a","b"]}', '0=a;1=b;'],
    ['{{range .m}}{{.}}{{end}}', '{"m":{"b":2,"a":1,"c":3}}', '123'],
    ['{{range $k, $v := .m}}{{$k}}={{$v}};{{end}}', '{"m":{"b":2,"a":1,"10":0}}', '10=0;a=1;b=2;'],
    ['{{range 3}}{{.}}{{end}}', '{}', '012'],
    ['{{range $i := 3}}{{$i}}{{end}}', '{}', '012'],
    ['{{range 0}}x{{else}}none{{end}}', '{}', 'none'],
    ['{{range .l}}x{{else}}none in {{.n}}{{end}}', '{"l":[],"n":1}', 'none in 1'],
    ['{{range .l}}x{{else}}none{{end}}', '{}', 'none'],
    ['{{range .l}}x{{else}}none{{end}}', '{"l":null}', 'none'],
    ['{{range .l}}{{range .}}{{.}}{{end}};{{end}}', '{"l":[[1,2],[3]]}', '12;3;'],
    ['{{range .l}}{{if eq . 2}}{{continue}}{{end}}{{.}}{{end}}', '{"l":[1,2,3]}', '13'],
    ['{{range .l}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}', '{"l":[1,2,3]}', '1'],
    ['{{range .l}}{{range .}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}};{{end}}', '{"l":[[1,2,3],[4]]}', '1;4;'],
    ['{{range .a}}{{range .b}}x{{else}}{{break}}{{end}}y{{end}}', '{"a":[{"b":[1]},{"b":[]},{"b":[1]}]}', 'xy'],
    ['{{$s := 0}}{{range $s = .l}}{{end}}{{$s}}', '{"l":[1,2]}', '2'],
    ['{{$k := ""}}{{$v := 0}}{{range $k, $v = .m}}{{end}}{{$k}}{{$v}}', '{"m":{"a":1,"b":2}}', 'b2'],
    ['{{$last := ""}}{{range .l}}{{$last = .}}{{end}}{{$last}}', '{"l":["a","b"]}', 'b'],
    ['{{range .l}}{{$x := .}}{{$x}}{{end}}', '{"l":[1,2]}', '12'],
    ['{{range .l}}{{$.n}}{{end}}', '{"l":[1,2],"n":"x"}', 'xx'],
  ]);
  testFailures([
    ['{{range .x}}{{end}}', '{"x":"text"}', /range cannot go over a value of type string/],
    ['{{range .x}}{{end}}', '{"x":true}', /type bool/],
    ['{{range .x}}{{end}}', '{"x":1.5}', /type float64/],
    ['{{range $i, $e := 3}}{{end}}', '{}', /over an integer sets one variable only/],
  ]);
});

describe('define, template and block', () => {
  testCases([
    ['{{define "a"}}<{{.}}>{{end}}{{template "a" 1}}{{template "a" .x}}', '{"x":"y"}', '<1><y>'],
    ['{{template "late"}}{{define "late"}}x{{end}}', '{}', 'x'],
    ['{{define "a"}}{{.}}{{end}}{{template "a"}}', '{}', '<no value>'],
    ['{{define "a"}}{{$.v}}{{end}}{{range .l}}{{template "a" .}}{{end}}', '{"l":[{"v":1},{"v":2}]}', '12'],
    ['{{block "a" .x}}[{{.}}]{{end}}{{template "a" 2}}', '{"x":1}', '[1][2]'],
    ['{{if true}}{{block "a" .}}{{.x}}{{end}}{{end}}', '{"x":1}', '1'],
    ['{{define "x"}}{{end}}{{define "x"}}new{{end}}{{template "x"}}', '{}', 'new'],
    ['{{define "x"}}old{{end}}{{define "x"}} {{end}}{{template "x"}}', '{}', 'old'],
    ['{{define `raw`}}x{{end}}{{template `raw`}}', '{}', 'x'],
    [
      '{{define "tree"}}{{.v}}{{range .kids}}({{template "tree" .}}){{end}}{{end}}{{template "tree" .}}',
      '{"v":1,"kids":[{"v":2,"kids":[{"v":3}]},{"v":4}]}',
      '1(2(3))(4)',
    ],
    ['{{$x := 1}}{{define "a"}}{{$x := 2}}{{$x}}{{end}}{{template "a"}}{{$x}}', '{}', '21'],
  ]);
  testFailures([
    [
      '{{define "a"}}{{template "a"}}{{end}}\n{{template "a"}}',
      '{}',
      /^line 1: template "a": calls go deeper than 100/,
    ],
  ]);
});
