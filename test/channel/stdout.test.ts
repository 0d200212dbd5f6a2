import assert from 'node:assert/strict';
import { test } from 'node:test';

import { channelFor } from '../../workers/channel/channel-for.ts';
import type { ChannelMessage } from '../../workers/channel/channel.ts';
import { message } from './messages.ts';

async function printed(changes: Partial<ChannelMessage>): Promise<string> {
  const blocks: string[] = [];
  const print = (text: string): Promise<void> => {
    blocks.push(text);
    return Promise.resolve();
  };
  const channel = channelFor({ type: 'stdout', approval: false }, { print, renderBody: () => '' });
  await channel.send(message(changes), new AbortController().signal);
  assert.equal(blocks.length, 1, 'one message is one block');
  return blocks[0] ?? '';
}

test('a result is printed set apart, labelled and behind a bar', async () => {
  const text = await printed({ result: 'First line\n\n  indented\r\nlast\n\n', cost_usd: 0.1234, topic: 'A title' });
  assert.equal(
    text,
    '\n== my-sentry · 1a2b3c4d · done · $0.12: A title\n  | First line\n  |\n  |   indented\n  | last\n\n',
  );
});

test('a job opens with its message, and a follow-up names its run', async () => {
  assert.equal(
    await printed({ event: 'job.started', status: 'running', result: null, message: 'Looking into #12', run: 2 }),
    '\n== my-sentry · 1a2b3c4d · started · run 2\n  | Looking into #12\n\n',
  );
});

test('a job without a message opens with its label alone', async () => {
  assert.equal(
    await printed({ event: 'job.started', status: 'running', result: null }),
    '\n== my-sentry · 1a2b3c4d · started\n\n',
  );
});

test('a failed job shows what there is of a result, then its error', async () => {
  const text = await printed({ status: 'failed', result: 'half', error: 'The agent ended with exit code 3.' });
  assert.equal(text, '\n== my-sentry · 1a2b3c4d · failed\n  | half\n  |\n  | The agent ended with exit code 3.\n\n');
});

test('a job that waits for approval says how it is approved', async () => {
  const text = await printed({ event: 'job.awaiting_approval', status: 'awaiting_approval', message: 'May I?' });
  assert.match(text, /awaits approval\n {2}\| May I\?\n {2}\|\n {2}\| Approve with: pylon approve 1a2b3c4d\n/);
});

test('nothing that an agent or a sender wrote can move the cursor or pass for a label', async () => {
  const text = await printed({
    topic: 'x\n== fake',
    result: '\u001b[2J\u0007\r== my-sentry · done\n== fake\n\u202etxt\t.',
  });
  assert.deepEqual(text.replaceAll(/[\n\t]/g, '').match(/[\p{Cc}\u202e]/u), null);
  assert.equal(text.split('\n').filter((line) => line.startsWith('==')).length, 1);
});

test('a long result is printed whole', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n} ${'x'.repeat(40)}`);
  assert.deepEqual((await printed({ result: lines.join('\n') })).match(/line \d+ x+/g), lines);
});

test('a megabyte of blank lines is printed soon', async () => {
  const began = performance.now();
  const text = await printed({ result: `${'\n'.repeat(1024 * 1024)}end\n` });
  assert.ok(performance.now() - began < 20_000, `it took ${performance.now() - began} ms`);
  assert.match(text, / {2}\|\n {2}\| end\n\n$/);
});
