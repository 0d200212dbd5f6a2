import { describe } from 'node:test';

import { testCases, testFailures } from './render.ts';

describe('printf: integers', () => {
  testCases([
    ['{{printf "%d|%5d|%-5d|%05d|%+d|% d" 42 42 42 42 42 42}}', '{}', '42|   42|42   |00042|+42| 42'],
    ['{{printf "%06d|%.3d|%6.3d|%-+6d|%06.3d|%.0d|" -42 42 42 42 42 0}}', '{}', '-00042|042|   042|+42   |   042||'],
    [
      '{{printf "%b %o %#o %O %x %X %#x %#X %#b" 42 42 42 42 42 42 42 42 5}}',
      '{}',
      '101010 52 052 0o52 2a 2A 0x2a 0X2A 0b101',
    ],
    ['{{printf "%c|%q|%U|%#U|%3c" 0x4E16 0x4E16 0x4E16 0x4E16 65}}', '{}', "世|'世'|U+4E16|U+4E16 '世'|  A"],
    ['{{printf "%x" -255}} {{printf "%#06x" 42}}', '{}', '-ff 0x00002a'],
  ]);
});

describe('printf: floats', () => {
  testCases([
    [
      '{{printf "%f|%.2f|%8.2f|%-8.2f|%08.2f|%+.1f|% f" 3.14159 3.14159 3.14159 3.14159 -3.14159 3.14159 1.5}}',
      '{}',
      '3.141590|3.14|    3.14|3.14    |-0003.14|+3.1| 1.500000',
    ],
    [
      '{{printf "%e|%E|%.1e|%g|%G|%.3g|%.10g" 314.159 314.159 314.159 1e-7 1e-7 1234.5678 1234.5678}}',
      '{}',
      '3.141590e+02|3.141590E+02|3.1e+02|1e-07|1E-07|1.23e+03|1234.5678',
    ],
    // Halves go to the even neighbour, on the exact binary value.
    ['{{printf "%.0f %.0f %.0f %.1f %.2f" 0.5 1.5 2.5 0.25 1.005}}', '{}', '0 2 2 0.2 1.00'],
    ['{{printf "%.0f %.3f %.0f" 1e21 1e22 1.7976931348623157e308 | len}}', '{}', '360'],
    ['{{printf "%v %v %g %.3v" 1e20 100000.0 1e6 2.0}}', '{}', '1e+20 100000 1e+06 2'],
    ['{{printf "%6.2f%%" 12.345}}', '{}', ' 12.35%'],
  ]);
});

describe('printf: strings and other types', () => {
  testCases([
    ['{{printf "%s|%5s|%-5s|%.2s|%5.1s|" "abc" "abc" "abc" "abc" "abc"}}', '{}', 'abc|  abc|abc  |ab|    a|'],
    ['{{printf "%4s|%.2s" "é" "日本語"}}', '{}', '   é|日本'],
    ['{{printf "%q %+q %#q" "a\\"é\\n" "é😀" "abc"}}', '{}', '"a\\"é\\n" "\\u00e9\\U0001f600" `abc`'],
    [
      '{{printf "%x|% x|%X|%#x|%# x|%.2x" "abc" "abc" "é" "abc" "abc" "abc"}}',
      '{}',
      '616263|61 62 63|C3A9|0x616263|0x61 0x62 0x63|6162',
    ],
    ['{{printf "%t %v %5t" true false true}}', '{}', 'true false  true'],
    [
      '{{printf "%v %s %d" .l .l .n}}',
      '{"l":["a",null,["b"]],"n":{"x":[1,2]}}',
      '[a <nil> [b]] [a <nil> [b]] map[%!d(string=x):[1 2]]',
    ],
    [
      '{{printf "%#v %#v %#v %#v" 1 "a" true .}}',
      '{"a":[1,"x"]}',
      '1 "a" true map[string]interface {}{"a":[]interface {}{1, "x"}}',
    ],
    [
      '{{printf "%T %T %T %T %T %T %T" 1 1.5 "a" true nil .l .}}',
      '{"l":[]}',
      'int float64 string bool <nil> []interface {} map[string]interface {}',
    ],
    ['{{printf "%03d|%-4v|%s" .n .n .n}}', '{"n":7}', '007|7   |7'],
  ]);
});

describe('printf: what does not fit is said in the text, as in Go', () => {
  testCases([
    ['{{printf "%d %s" "hi" 5}}', '{}', '%!d(string=hi) %!s(int=5)'],
    ['{{printf "%d %d" 1}}', '{}', '1 %!d(MISSING)'],
    ['{{printf "%d" 1 2 "x"}}', '{}', '1%!(EXTRA int=2, string=x)'],
    ['{{printf "%z %!" 1}}', '{}', '%!z(int=1) %!!(MISSING)'],
    ['{{printf "100%"}}', '{}', '100%!(NOVERB)'],
    ['{{printf "%d" .f}} {{printf "%d" 1.0}}', '{"f":1.5}', '%!d(float64=1.5) %!d(float64=1)'],
    ['{{printf "%s %v %d" nil nil .x}}', '{}', '%!s(<nil>) <nil> %!d(<nil>)'],
    ['{{printf "%[2]d %[1]d" 1 2}} {{printf "%[5]d" 1}} {{printf "%[x]d" 1}}', '{}', '2 1 %!d(BADINDEX) %!d(BADINDEX)'],
    ['{{printf "%*d|%-*d|%.*f|%*d" 5 1 5 1 2 3.14159 -3 7}}', '{}', '    1|1    |3.14|7  '],
    ['{{printf "%*d" "x" 1}} {{printf "%.*d" "x" 1}}', '{}', '%!(BADWIDTH)1 %!(BADPREC)1'],
    ['{{printf "%[3]*.[2]*[1]f|" 12.0 2 6}}', '{}', ' 12.00|'],
    ['{{printf "%99999999d" 1}}', '{}', '%!(NOVERB)%!(EXTRA int=1)'],
  ]);
  testFailures([['{{printf 3}}', '{}', /printf: the format must be a string, not int/]]);
});
