import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import type { AgentOutcome } from '../../workers/agents/agent.ts';
import { commandReader, restoreCommandReader } from '../../workers/agents/command/reader.ts';
import { removeCheckpoint } from '../../workers/actor/output-checkpoint.ts';
import { OutputLog } from '../../workers/actor/output-log.ts';
import type { OutputChunk } from '../../workers/engine/engine.ts';
import { handClock } from '../channel/hand-clock.ts';
import type { HandClock } from '../channel/hand-clock.ts';
import { randomNumbers } from '../support/random-numbers.ts';

const options = { skip: process.getuid?.() === 0 ? false : 'needs to mount a small disk, which only root may' };
const secrets = ['hunter2-hunter', 'hunter2'];

function jobDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'pylon-output-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function open(directory: string, clock: HandClock, run = 1): OutputLog {
  return new OutputLog({
    directory,
    run,
    secrets,
    newReader: commandReader,
    restoreReader: restoreCommandReader,
    clock,
  });
}

const logOf = (directory: string): string => readFileSync(path.join(directory, 'agent.log'), 'utf8');

/** The engine's side: all chunks, each with its position. */
function chunksOf(pieces: readonly (readonly [OutputChunk['stream'], string])[]): OutputChunk[] {
  return pieces.map(([stream, text], index) => ({
    stream,
    bytes: Buffer.from(text),
    position: String(index).padStart(6, '0'),
  }));
}

const after = (chunks: readonly OutputChunk[], position: string | undefined): readonly OutputChunk[] =>
  position === undefined ? chunks : chunks.filter((chunk) => chunk.position > position);

describe('the output of a run', () => {
  test('is the same in log and result, wherever it was cut off and taken up', async (t) => {
    const random = randomNumbers(11);
    const upTo = (most: number): number => Math.floor(random() * (most + 1));
    const words = ['hunter2', 'hunter2-hunter', 'hunt', 'er2', 'line\n', '-', 'é€', 'x'.repeat(50), '\n'];
    for (let round = 0; round < 120; round += 1) {
      const pieces = Array.from({ length: upTo(25) }, () => {
        const text = Array.from({ length: 1 + upTo(3) }, () => words[upTo(words.length - 1)] ?? '').join('');
        return [random() < 0.7 ? 'stdout' : 'stderr', text] as const;
      });
      const chunks = chunksOf(pieces);
      const expected = await play(t, chunks, []);
      const cuts = Array.from({ length: 1 + upTo(3) }, () => upTo(chunks.length));
      const seen = await play(t, chunks, cuts, () => upTo(1_500));
      assert.deepEqual(seen, expected, JSON.stringify({ pieces, cuts }));
      assert.ok(!seen.outcome.result?.includes('hunter2'));
    }
  });

  test('is kept up to 16 MB, with the end of what is beyond, also over a crash', async (t) => {
    const pieces = Array.from({ length: 300 }, (_, index) => ['stdout', `${index} `.padEnd(64 * 1024, 'x')] as const);
    const chunks = chunksOf(pieces);
    const expected = await play(t, chunks, []);
    assert.match(expected.log, /left out here\]\n/);
    assert.ok(expected.log.length < 17 * 1024 ** 2);
    assert.ok(expected.log.endsWith(pieces.at(-1)?.[1] ?? '-'));
    assert.deepEqual(await play(t, chunks, [100, 280], () => 700), expected);
  });

  test('of a later run stands below the earlier one’s, also where it was cut off before its first checkpoint', (t) => {
    const directory = jobDirectory(t);
    const clock = handClock(0);
    const first = open(directory, clock);
    first.write({ stream: 'stdout', bytes: Buffer.from('one\n'), position: '1' });
    first.finish();
    removeCheckpoint(directory, 1);
    const cut = open(directory, clock, 2);
    cut.write({ stream: 'stdout', bytes: Buffer.from('tw'), position: '1' });
    cut.close();
    const again = open(directory, clock, 2);
    assert.equal(again.position, undefined);
    again.write({ stream: 'stdout', bytes: Buffer.from('two\n'), position: '1' });
    again.finish();
    assert.equal(logOf(directory), 'one\ntwo\n');
    assert.equal(again.reader.finish(0).result, 'two');
  });

  test('is taken from its beginning where the checkpoint is damaged, or ahead of the log', async (t) => {
    const chunks = chunksOf([
      ['stdout', 'first\n'],
      ['stdout', 'second\n'],
    ]);
    const harms: readonly ((directory: string) => void)[] = [
      (directory) => writeFileSync(path.join(directory, 'output-1.json'), ''),
      (directory) => writeFileSync(path.join(directory, 'output-1.json'), '{"position":"000001"}'),
      (directory) => {
        const file = path.join(directory, 'output-1.json');
        writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), reader: 'nonsense' }));
      },
      (directory) => truncateSync(path.join(directory, 'agent.log'), 3),
    ];
    for (const harm of harms) {
      const directory = jobDirectory(t);
      const clock = handClock(0);
      const log = open(directory, clock);
      await clock.advance(2_000);
      for (const chunk of chunks) log.write(chunk);
      log.close();
      assert.ok(existsSync(path.join(directory, 'output-1.json')), 'there was a checkpoint');
      harm(directory);
      const next = open(directory, clock);
      assert.equal(next.position, undefined);
      for (const chunk of chunks) next.write(chunk);
      next.finish();
      assert.equal(logOf(directory), 'first\nsecond\n');
      assert.equal(next.reader.finish(0).result, 'first\nsecond');
    }
  });

  test('loses nothing to a full disk', options, async (t) => {
    const disk = smallDisk(t);
    const filler = path.join(disk, 'filler');
    const clock = handClock(0);
    const log = open(disk, clock);
    const pieces = Array.from({ length: 20 }, (_, index) => ['stdout', `${index} `.padEnd(8_000, 'x')] as const);
    let refused = 0;
    for (const [index, chunk] of chunksOf(pieces).entries()) {
      if (index % 5 === 3) fill(filler);
      try {
        log.write(chunk);
      } catch {
        refused += 1;
        rmSync(filler, { force: true });
        log.drain();
      }
      await clock.advance(400);
    }
    assert.ok(refused > 2, `refused ${refused} times`);
    log.finish();
    const whole = pieces.map(([, text]) => text).join('');
    assert.equal(logOf(disk), whole);
    assert.equal(log.reader.finish(0).result, whole);
  });

  test('is never written through a link', (t) => {
    const directory = jobDirectory(t);
    const outside = path.join(directory, 'outside');
    mkdirSync(path.join(directory, 'job'));
    writeFileSync(outside, 'as it was');
    symlinkSync(outside, path.join(directory, 'job', 'agent.log'));
    assert.throws(() => open(path.join(directory, 'job'), handClock(0)), { code: 'ELOOP' });
    assert.equal(readFileSync(outside, 'utf8'), 'as it was');
  });
});

function smallDisk(t: TestContext): string {
  const disk = mkdtempSync(path.join(tmpdir(), 'pylon-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
  t.after(() => {
    execFileSync('umount', ['--lazy', disk]);
    rmdirSync(disk);
  });
  return disk;
}

/** Writes to `file` until nothing fits any more. */
function fill(file: string): void {
  for (const size of [4096, 1]) {
    try {
      for (;;) appendFileSync(file, 'x'.repeat(size));
    } catch {
      // Full.
    }
  }
}

/** Runs the output through as many logs as there are cuts, and one more; `wait` gives the milliseconds between chunks. */
async function play(
  t: TestContext,
  chunks: readonly OutputChunk[],
  cuts: readonly number[],
  wait: () => number = () => 0,
): Promise<{ log: string; outcome: AgentOutcome }> {
  const directory = jobDirectory(t);
  const clock = handClock(0);
  for (const cut of cuts) {
    const log = open(directory, clock);
    for (const chunk of after(chunks, log.position).slice(0, cut)) {
      log.write(chunk);
      await clock.advance(wait());
    }
    log.close();
  }
  const last = open(directory, clock);
  for (const chunk of after(chunks, last.position)) last.write(chunk);
  last.finish();
  return { log: logOf(directory), outcome: last.reader.finish(1) };
}
