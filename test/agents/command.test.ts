import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { AgentOutcome, OutputReader } from '../../workers/agents/agent.ts';
import { commandReader, restoreCommandReader } from '../../workers/agents/command/reader.ts';

const mebibyte = 1024 * 1024;

function outcome(output: string | Uint8Array, exitCode = 0, errors = ''): AgentOutcome {
  const reader = commandReader();
  reader.read(Buffer.from(errors), 'stderr');
  reader.read(typeof output === 'string' ? Buffer.from(output) : output, 'stdout');
  return reader.finish(exitCode);
}

describe('what a command prints', () => {
  test('its output is the result', () => {
    const expected = { status: 'done', result: 'one\ntwo', error: null, sessionId: null, costUsd: null };
    assert.deepEqual(outcome('one\ntwo\n\n'), expected);
    assert.equal(outcome('').result, '');
  });

  test('only the last MiB counts, in whole characters', () => {
    const reader = commandReader();
    for (let index = 0; index < 3000; index += 1) reader.read(Buffer.from('é€𝄞'.repeat(120)), 'stdout');
    const { result } = reader.finish(0);
    const length = Buffer.byteLength(result ?? '');
    assert.ok(length <= mebibyte && length > mebibyte - 4, String(length));
    assert.ok(!result?.includes('\ufffd'));
  });

  test('characters may come in pieces, and bytes that are none are replaced', () => {
    const reader = commandReader();
    for (const byte of Buffer.from('naïve €')) reader.read(Uint8Array.of(byte), 'stdout');
    assert.equal(reader.finish(0).result, 'naïve €');
    assert.equal(outcome(Buffer.from([0x61, 0xff, 0x62])).result, 'a\ufffdb');
    assert.equal(outcome(Buffer.from([0x80, 0x62])).result, '\ufffdb');
  });

  test('a gigabyte passes through a few megabytes of memory', () => {
    const reader = commandReader();
    const piece = Buffer.alloc(64 * 1024, 'x');
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let index = 0; index < 16 * 1024; index += 1) {
      reader.read(piece, 'stdout');
      if (index % 1024 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    assert.equal(reader.finish(0).result?.length, mebibyte);
    assert.ok(most < 256 * mebibyte, `${most} bytes`);
  });

  test('a chunk may be reused by its owner after it was read', () => {
    const reader = commandReader();
    const chunk = Buffer.from('mine');
    reader.read(chunk, 'stdout');
    chunk.fill('x');
    assert.equal(reader.finish(0).result, 'mine');
  });
});

describe('a structured result', () => {
  const line = (value: unknown): AgentOutcome => outcome(`progress…\n${JSON.stringify(value)}\n`);

  test('a last line that is a JSON object with a result is taken apart', () => {
    const told = line({ result: 'fixed\nit', session_id: 'abc-1.2_3', cost_usd: 0.25 });
    assert.deepEqual(told, { status: 'done', result: 'fixed\nit', error: null, sessionId: 'abc-1.2_3', costUsd: 0.25 });
  });

  test('a result that is no string is kept as JSON', () => {
    assert.equal(line({ result: { ok: true } }).result, '{"ok":true}');
    assert.equal(line({ result: null }).result, 'null');
  });

  test('anything else is plain output', () => {
    const texts = [
      '{"session_id":"a"}',
      '["result"]',
      '"result"',
      '{"result": 1',
      '{}',
      '{"__proto__":{"result":"x"}}',
    ];
    for (const text of texts) assert.equal(outcome(`a\n${text}`).result, `a\n${text}`, text);
    assert.equal(outcome('{"result":"x"}\nmore').result, '{"result":"x"}\nmore');
  });

  test('session ids and costs that cannot be are dropped', () => {
    for (const session of ['', '-x', '--flag', 'a b', 'a\nb', 'x'.repeat(201), 7, null, {}]) {
      assert.equal(line({ result: '', session_id: session }).sessionId, null, JSON.stringify(session));
    }
    for (const cost of [-1, '1', 1e300, null, {}, true])
      assert.equal(line({ result: '', cost_usd: cost }).costUsd, null, JSON.stringify(cost));
    assert.equal(outcome('{"result":"","cost_usd":1e999}').costUsd, null);
    assert.equal(line({ result: '', cost_usd: 0 }).costUsd, 0);
  });
});

describe('a command that fails', () => {
  test('the error has the code and the last line', () => {
    const told = outcome('working\nno such table: users\n', 2);
    assert.equal(told.status, 'failed');
    assert.equal(told.error, 'The command exited with code 2: no such table: users');
    assert.equal(told.result, 'working\nno such table: users');
  });

  test('what it printed to standard error says more than its output', () => {
    const told = outcome('working\n', 127, 'exec review failed: No such file or directory\n');
    assert.equal(told.error, 'The command exited with code 127: exec review failed: No such file or directory');
    assert.equal(told.result, 'working');
    assert.equal(outcome('done\n', 0, 'a warning\n').error, null);
    assert.equal(outcome('no such table\n', 2, ' \n\n').error, 'The command exited with code 2: no such table');
  });

  test('the last lines of standard error are told, as many as fit', () => {
    const trace = 'Traceback:\n  File "x.py"\n\n    run()\nKeyError: 7\n';
    assert.equal(outcome('', 1, trace).error, 'The command exited with code 1: File "x.py" / run() / KeyError: 7');
    assert.equal(outcome('', 1, `${'x'.repeat(400)}\nshort\n`).error, 'The command exited with code 1: short');
    assert.match(outcome('', 1, `short\n${'x'.repeat(400)}\n`).error ?? '', /code 1: x{300}…$/);
    assert.match(outcome('', 1, `${'line\n'.repeat(100_000)}the end`).error ?? '', /code 1: line \/ line \/ the end$/);
  });

  test('one that printed nothing says where to look', () => {
    assert.match(outcome('', 137).error ?? '', /exited with code 137 and printed no result; `pylon logs`/);
    assert.equal(outcome('', 137).result, null);
  });

  test('a long last line is shortened and control characters are shown', () => {
    const { error } = outcome(`\u001b[31m${'é'.repeat(5000)}`, 1);
    assert.match(error ?? '', /^The command exited with code 1: \\x1b\[31mé+…$/);
    assert.ok((error ?? '').length < 400);
  });

  test('a structured result is told in the error, and its cost counts', () => {
    const told = outcome('{"result":"gave up","cost_usd":1.5}', 1);
    assert.equal(told.error, 'The command exited with code 1: gave up');
    assert.equal(told.costUsd, 1.5);
  });
});

describe('a successor', () => {
  test('goes on from a snapshot anywhere in the output', () => {
    const bytes = Buffer.from(`${'é'.repeat(700_000)}\n{"result":"done ✓","session_id":"s"}\n`);
    for (const cut of [0, 1, 5, 1_000_001, bytes.length - 30, bytes.length]) {
      let reader: OutputReader = commandReader();
      reader.read(bytes.subarray(0, cut), 'stdout');
      reader.read(Buffer.from('it '), 'stderr');
      reader = restoreCommandReader(reader.snapshot());
      reader.read(bytes.subarray(cut), 'stdout');
      reader.read(Buffer.from('broke\n'), 'stderr');
      assert.deepEqual(reader.finish(1), outcome(bytes, 1, 'it broke\n'), String(cut));
    }
  });

  test('refuses what is no snapshot', () => {
    for (const text of ['', '{}', '1 x y', '2 0 ', '2 0  0'])
      assert.throws(() => restoreCommandReader(text), /damaged/);
  });
});
