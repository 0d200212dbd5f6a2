import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { makeMask, maskText } from '../../workers/actor/mask.ts';
import { randomNumbers } from '../support/random-numbers.ts';

/** What comes out when `text` is pushed in pieces that end at `cuts`. */
function inPieces(text: string, secrets: readonly string[], cuts: readonly number[]): string {
  const bytes = Buffer.from(text);
  const mask = makeMask(secrets);
  const shown: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    shown.push(mask.push(bytes.subarray(from, cut)));
    from = cut;
  }
  return Buffer.concat([...shown, mask.flush()]).toString();
}

describe('a mask', () => {
  test('hides every secret and leaves the rest as it is', () => {
    assert.equal(maskText('a hunter2 b hunter2', ['hunter2']), 'a [secret] b [secret]');
    assert.equal(maskText('nothing here', ['hunter2']), 'nothing here');
    assert.equal(maskText('ünïcode hunter2 €', ['hunter2']), 'ünïcode [secret] €');
    assert.equal(maskText('as it is', ['', '']), 'as it is');
  });

  test('hides a secret wherever the chunks cut it', () => {
    const text = 'before hunter2 after';
    for (let cut = 0; cut <= text.length; cut += 1) {
      assert.equal(inPieces(text, ['hunter2'], [cut]), 'before [secret] after', String(cut));
    }
    const each = Array.from({ length: text.length }, (_, index) => index);
    assert.equal(inPieces(text, ['hunter2'], each), 'before [secret] after');
  });

  test('shows no rest of a secret that begins with another one', () => {
    const secrets = ['abcdef', 'abcdefghij'];
    for (let cut = 0; cut <= 10; cut += 1)
      assert.equal(inPieces('abcdefghij', secrets, [cut]), '[secret]', String(cut));
    assert.equal(inPieces('abcdefgh!', secrets, [6]), '[secret]gh!');
  });

  test('hides secrets that overlap, whole', () => {
    for (let cut = 0; cut <= 11; cut += 1)
      assert.equal(inPieces('-aaabbbccc-', ['aaabbb', 'bbbccc'], [cut]), '-[secret]-', String(cut));
  });

  test('does not look at what it put in itself', () => {
    assert.equal(maskText('the secret is hunter2', ['hunter2', 'secret']), 'the [secret] is [secret]');
    assert.equal(maskText('x]abc', ['secret]abc', 'x']), '[secret]]abc');
  });

  test('holds back no more than a secret can be long, however often it repeats', () => {
    const mask = makeMask(['aaaaaa']);
    let shown = 0;
    for (let round = 0; round < 10_000; round += 1) shown += mask.push(Buffer.from('aaaa')).length;
    shown += mask.flush().length;
    assert.equal(shown, '[secret]'.length);
    assert.equal(mask.holding, false);
  });

  test('gives the same for the same bytes in any pieces', () => {
    const random = randomNumbers(7);
    const letters = 'aabbc';
    const word = (length: number): string =>
      Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
    for (let round = 0; round < 2_000; round += 1) {
      const secrets = Array.from({ length: 1 + Math.floor(random() * 3) }, () => word(1 + Math.floor(random() * 5)));
      const text = word(Math.floor(random() * 30));
      const cuts = Array.from({ length: Math.floor(random() * 6) }, () => Math.floor(random() * (text.length + 1)));
      const whole = inPieces(text, secrets, []);
      assert.equal(
        inPieces(
          text,
          secrets,
          cuts.toSorted((a, b) => a - b),
        ),
        whole,
        `${secrets.join()} in ${text}`,
      );
      for (const secret of secrets) assert.ok(!whole.replaceAll('[secret]', '|').includes(secret), whole);
    }
  });
});
