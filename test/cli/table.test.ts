import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { table } from '../../src/cli/table.ts';
import type { Column } from '../../src/cli/table.ts';
import { cutTo, padTo, textWidth } from '../../src/cli/text-width.ts';
import { ago, durationOf } from '../../src/cli/times.ts';

interface Row {
  readonly id: string;
  readonly text: string;
  readonly size: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', text: (row) => row.id },
  { title: 'TEXT', text: (row) => row.text, shrinksTo: 6 },
  { title: 'EMPTY', text: () => '' },
  { title: 'SIZE', text: (row) => String(row.size), side: 'right', leaveOut: 1 },
];

const rows: readonly Row[] = [
  { id: 'a', text: 'short', size: 5 },
  { id: 'b', text: 'something longer', size: 1234 },
];

function at(width: number, given: readonly Row[] = rows): string[] {
  return table(given, columns, { width, colour: false }).split('\n').slice(0, -1);
}

describe('a table', () => {
  it('is aligned and leaves empty columns out', () => {
    assert.deepEqual(at(Infinity), [
      'ID  TEXT              SIZE',
      'a   short                5',
      'b   something longer  1234',
    ]);
  });

  it('shrinks, then leaves out, then cuts, as the terminal gets narrower', () => {
    assert.deepEqual(at(20)[2], 'b   something…  1234');
    assert.deepEqual(
      at(20).map(({ length }) => length <= 20),
      [true, true, true],
    );
    assert.deepEqual(at(14), ['ID  TEXT', 'a   short', 'b   something…']);
    assert.deepEqual(at(5), ['ID  …', 'a   …', 'b   …']);
    assert.deepEqual(at(1), ['…', 'a', 'b']);
    for (let width = 1; width < 40; width += 1) {
      for (const line of at(width)) assert.ok(textWidth(line) <= width, `${line} at ${width}`);
    }
  });

  it('fits with wide characters too, and escapes controls', () => {
    const odd = [
      { id: '日本', text: 'エラー: ファイルがありません 🙂', size: 1 },
      { id: '\x1b[2J', text: 'e\u0301'.repeat(30), size: 2 },
    ];
    for (let width = 1; width < 60; width += 1) {
      for (const line of at(width, odd)) assert.ok(textWidth(line) <= width, `${line} at ${width}`);
    }
    assert.match(at(80, odd)[2] ?? '', /^\\x1b\[2J/);
  });
});

describe('the width of text', () => {
  it('counts what a terminal shows', () => {
    for (const [text, width] of [
      ['abc', 3],
      ['日本', 4],
      ['e\u0301', 1],
      ['🙂', 2],
      ['👩‍👩‍👧', 2],
      ['', 0],
      ['…', 1],
    ] as const) {
      assert.equal(textWidth(text), width, text);
    }
    assert.deepEqual(
      [cutTo('日本語', 5), cutTo('日本語', 4), cutTo('abc', 3), cutTo('abc', 0)],
      ['日本…', '日…', 'abc', ''],
    );
    assert.deepEqual([padTo('日', 4), padTo('1', 3, 'right')], ['日  ', '  1']);
  });
});

describe('times for people', () => {
  it('are short', () => {
    const now = Date.parse('2026-11-21T12:00:00Z');
    const before = (ms: number): string => ago(new Date(now - ms).toISOString(), now);
    assert.deepEqual([-5_000, 0, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000, 29 * 86_400_000].map(before), [
      'just now',
      'just now',
      '59s ago',
      '1m ago',
      '59m ago',
      '1h ago',
      '1d ago',
      '29d ago',
    ]);
    assert.match(before(31 * 86_400_000), /^2026-10-2\d$/);
    const started = new Date(now - 61_500).toISOString();
    assert.equal(durationOf({ duration_ms: null, started_at: started, ended_at: null }, now), '1m 1s');
    assert.equal(durationOf({ duration_ms: 1_500, started_at: started, ended_at: started }, now), '2s');
    assert.equal(durationOf({ duration_ms: null, started_at: null, ended_at: started }, now), '');
  });
});
