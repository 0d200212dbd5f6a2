import { describe } from 'node:test';

import { testCases, testFailures } from './render.ts';

describe('and, or, not', () => {
  testCases([
    ['{{and 1 0 2}} {{and 1 2}} {{and "" 1 | printf "%q"}}', '{}', '0 2 ""'],
    ['{{or 0 "" 3}} {{or 0 ""}}|{{or 1 2}}', '{}', '3 |1'],
    ['{{not 0}} {{not ""}} {{not .x}} {{not 1}}', '{}', 'true true true false'],
    ['{{1 | and 0}} {{0 | and 1}} {{1 | or 0}}', '{}', '0 0 1'],
    // The second argument would fail if it were evaluated.
    ['{{and .l (index .l 0)}}', '{"l":[]}', '[]'],
    ['{{or .x (len 3)}}', '{"x":"set"}', 'set'],
    ['{{if and .a (eq .a.b 1)}}T{{else}}F{{end}}', '{}', 'F'],
    ['{{and true .x}}', '{}', '<no value>'],
  ]);
});

describe('Comparisons', () => {
  testCases([
    ['{{eq 1 1}} {{eq 1 2}} {{eq "a" "a"}} {{eq true true}} {{eq 1 1.0}}', '{}', 'true false true true true'],
    ['{{eq .a "x" "y" "z"}} {{eq .a "x" "y"}}', '{"a":"z"}', 'true false'],
    ['{{ne 1 2}} {{ne "a" "a"}}', '{}', 'true false'],
    ['{{lt 1 2}} {{lt 2 2}} {{le 2 2}} {{gt 3 2}} {{ge 2 3}} {{ge 2 2}}', '{}', 'true false true true false true'],
    ['{{lt "a" "b"}} {{gt "a" "B"}} {{lt "a" "ab"}} {{lt "ﬀ" "😀"}}', '{}', 'true true true true'],
    ['{{lt 1.5 2}} {{gt .a 0.5}} {{le .a 1}}', '{"a":1}', 'true true true'],
    ['{{eq .x 1}} {{eq .x "a"}} {{eq .x .y}} {{eq .x nil}} {{ne .x nil}}', '{"y":null}', 'false false true true false'],
    ['{{eq .l nil}} {{eq nil .m}}', '{"l":[],"m":{}}', 'false false'],
    ['{{eq .a .b}}', '{"a":"é","b":"e\\u0301"}', 'false'],
  ]);
  testFailures([
    ['{{eq 1 "1"}}', '{}', /^line 1: eq: int and string are not compatible types/],
    ['{{eq .a true}}', '{"a":"true"}', /string and bool are not compatible/],
    ['{{eq .a .a}}', '{"a":[1]}', /\[\]interface {} and \[\]interface {} cannot be compared/],
    ['{{lt 1 "2"}}', '{}', /int and string are not compatible/],
    ['\n{{lt true false}}', '{}', /^line 2: lt: values of type bool have no order/],
    ['{{gt .x 1}}', '{}', /a value that is not there has no order/],
    ['{{lt 1 nil}}', '{}', /a value that is not there has no order/],
    ['{{lt .a 1}}', '{"a":{}}', /map\[string\]interface {} have no order/],
  ]);
});

describe('len, index and slice', () => {
  testCases([
    ['{{len "abc"}} {{len "é"}} {{len .l}} {{len .m}}', '{"l":[1,2],"m":{"a":1}}', '3 2 2 1'],
    ['{{index .l 0}} {{index .l 1 "a"}} {{index .l}}', '{"l":[5,{"a":"x"}]}', '5 x [5 map[a:x]]'],
    ['{{index .m "a-b"}} {{index .m "x"}}', '{"m":{"a-b":1}}', '1 <no value>'],
    ['{{index .m "a" "b" 0 "c"}}', '{"m":{"a":{"b":[{"c":"deep"}]}}}', 'deep'],
    ['{{index "abc" 1}}', '{}', '98'],
    // Below a value that is not there nothing is, as with fields.
    ['{{index .x 0 "id"}} {{index .n "a"}}', '{"n":null}', '<no value> <no value>'],
    ['{{slice "hello" 1 3}} {{slice "hello" 2}} {{slice "hello"}}', '{}', 'el llo hello'],
    ['{{slice "日本" 0 3}}', '{}', '日'],
    ['{{slice .l 1}} {{slice .l 0 2}} {{slice .l 0 1 2}} {{slice .l 3}}', '{"l":[1,2,3]}', '[2 3] [1 2] [1] []'],
  ]);
  testFailures([
    ['{{len 3}}', '{}', /len: a value of type int has no length/],
    ['{{len .x}}', '{}', /len: there is no value to count/],
    ['{{index .l 5}}', '{"l":[1]}', /index: index out of range: 5 \(the list has 1\)/],
    ['{{index .l -1}}', '{"l":[1]}', /out of range: -1/],
    ['{{index .l 0 "id"}}', '{"l":[]}', /out of range: 0/],
    ['{{index .l "a"}}', '{"l":[1]}', /needs an integer as index, not string/],
    ['{{index .l 1.0}}', '{"l":[1]}', /needs an integer as index, not float64/],
    ['{{index .l .x}}', '{"l":[1]}', /needs an integer as index, not a missing value/],
    ['{{index .m 1}}', '{"m":{"1":2}}', /a map needs a string as key, not int/],
    ['{{index .t 1}}', '{"t":true}', /type bool cannot be indexed/],
    ['{{slice "hello" 1 9}}', '{}', /out of range: 9 \(the string has 5\)/],
    ['{{slice "hello" 3 1}}', '{}', /out of order: 3 > 1/],
    ['{{slice "hello" 1 2 3}}', '{}', /two bounds at the most/],
    ['{{slice .l 0 2 1}}', '{"l":[1,2,3]}', /out of order: 2 > 1/],
    ['{{slice .m}}', '{"m":{}}', /cannot be sliced/],
  ]);
});

describe('print and println', () => {
  testCases([
    ['{{print 1 2}}|{{print "a" 1 2 "b" "c" true false}}', '{}', '1 2|a1 2bctrue false'],
    ['{{println "a" 1}}{{println}}', '{}', 'a 1\n\n'],
    ['{{print .l .m}}', '{"l":[1],"m":{"a":"b"}}', '[1] map[a:b]'],
    ['{{print .x}} {{print nil}} {{println .x}}', '{}', '<nil> <nil> <nil>\n'],
  ]);
});

describe('html, js and urlquery', () => {
  testCases([
    [`{{html "<a href='x'>\\"&\\"</a>"}}`, '{}', '&lt;a href=&#39;x&#39;&gt;&#34;&amp;&#34;&lt;/a&gt;'],
    ['{{html 1 2 "a"}} {{.x | html}}', '{}', '1 2a &lt;no value&gt;'],
    [
      `{{js "it's \\"<b>\\" & = \\n é \\u2028 \\\\"}}`,
      '{}',
      `it\\'s \\"\\u003Cb\\u003E\\" \\u0026 \\u003D \\u000A é \\u2028 \\\\`,
    ],
    [`{{urlquery "a b&c/é~!'()*"}} {{urlquery 1 2}}`, '{}', 'a+b%26c%2F%C3%A9~%21%27%28%29%2A 1+2'],
  ]);
});

describe('default and json', () => {
  testCases([
    ['{{.x | default "none"}} {{default "none" .y}} {{default 1 .z}}', '{"y":"","z":5}', 'none none 5'],
    ['{{.a.b.c | default "deep"}}', '{"a":null}', 'deep'],
    ['{{json .}}', '{"b":[1.0,2e3,null,true],"a":"<é\\n\\"🙂"}', '{"a":"<é\\n\\"🙂","b":[1.0,2e3,null,true]}'],
    [
      '{{json .x}} {{json 1}} {{json 1.5}} {{json "a"}} {{.n | json}}',
      '{"n":12345678901234567890}',
      'null 1 1.5 "a" 12345678901234567890',
    ],
    ['{{json .}}', '{"__proto__":{"constructor":1}}', '{"__proto__":{"constructor":1}}'],
  ]);
});
