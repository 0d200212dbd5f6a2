import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { OutputChunk } from '../../workers/engine/engine.ts';
import { logFrames } from '../../workers/engine/log-frames.ts';
import { formatPosition, parsePosition, sinceOf } from '../../workers/engine/output-position.ts';

function frame(stream: 1 | 2 | 3, nanoseconds: number, text: string): Buffer {
  const body = Buffer.from(`2026-11-21T02:01:31.${String(nanoseconds).padStart(9, '0')}Z ${text}`);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** Joined neighbours, as `stream:text`. */
function shown(chunks: readonly OutputChunk[]): string {
  let last = '';
  return chunks
    .map(({ stream, bytes }) => {
      const label = stream === last ? '' : `[${stream}]`;
      last = stream;
      return label + Buffer.from(bytes).toString();
    })
    .join('');
}

const messages = [
  frame(1, 100, 'a\n'),
  frame(2, 90, 'x\n'),
  frame(1, 200, 'long '),
  frame(1, 200, 'line '),
  frame(2, 210, 'y\n'),
  frame(1, 200, 'end'),
  frame(1, 300, 'b\n'),
  frame(2, 300, 'z\n'),
  frame(1, 300, 'c\n'),
];
const whole = '[stdout]a\n[stderr]x\n[stdout]long line [stderr]y\n[stdout]end\nb\n[stderr]z\n[stdout]c\n';

describe('the engine’s log stream', () => {
  test('messages are taken apart wherever the connection cuts them', () => {
    const bytes = Buffer.concat(messages);
    for (const size of [1, 2, 7, 8, 9, 40, 1000]) {
      const frames = logFrames({});
      const chunks: OutputChunk[] = [];
      for (let at = 0; at < bytes.length; at += size)
        chunks.push(...frames.push(Buffer.from(bytes.subarray(at, at + size))));
      assert.equal(shown(chunks), whole, `pieces of ${size}`);
    }
  });

  test('after every single message the rest is exactly the rest', () => {
    for (let cut = 0; cut <= messages.length; cut += 1) {
      const first = logFrames({});
      const before = messages.slice(0, cut).flatMap((message) => first.push(message));
      const second = logFrames(parsePosition(before.at(-1)?.position));
      const after = second.push(Buffer.concat(messages));
      assert.equal(shown([...before, ...after]), whole, `after ${cut} messages`);
    }
  });

  test('a clock that was set back loses nothing of a stream that is being read', () => {
    const frames = logFrames({});
    assert.equal(
      shown(frames.push(Buffer.concat([frame(1, 500, 'late\n'), frame(1, 100, 'early\n')]))),
      '[stdout]late\nearly\n',
    );
  });

  test('the engine’s own trouble and nonsense are errors', () => {
    assert.throws(
      () => logFrames({}).push(frame(3, 1, 'Error grabbing logs: EOF')),
      /could not read the log: .*Error grabbing/,
    );
    assert.throws(() => logFrames({}).push(Buffer.from('HTTP/1.1 200 OK')), /a log message of \d+ bytes/);
    const untimed = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 5]), Buffer.from('hello')]);
    assert.throws(() => logFrames({}).push(untimed), /without its time/);
  });
});

describe('a position', () => {
  test('survives being written down', () => {
    const places = {
      stdout: { time: '1795226491.000000200', count: 3, open: true },
      stderr: { time: '1795226491.000000210', count: 1, open: false },
    };
    assert.deepEqual(parsePosition(formatPosition(places)), places);
    assert.deepEqual(parsePosition(formatPosition({})), {});
    assert.deepEqual(parsePosition('nonsense'), {});
    assert.deepEqual(parsePosition(undefined), {});
  });

  test('asks the engine for a second before the younger stream', () => {
    assert.equal(sinceOf(parsePosition('1795226491.000000200/1 1795226493.000000007/2+')), '1795226492.000000007');
    assert.equal(sinceOf({}), undefined);
  });
});
