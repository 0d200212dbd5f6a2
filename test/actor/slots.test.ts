import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { FromPylon } from '../../src/protocol/messages.ts';
import { makeSlots } from '../../workers/actor/slots.ts';
import type { Slots } from '../../workers/actor/slots.ts';

function open(): { slots: Slots; sent: string[]; begun: string[]; begin: (jobId: string) => () => void } {
  const sent: string[] = [];
  const begun: string[] = [];
  const slots = makeSlots((message: FromPylon) =>
    sent.push('jobId' in message ? `${message.type} ${message.jobId}` : ''),
  );
  return { slots, sent, begun, begin: (jobId) => () => begun.push(jobId) };
}

describe('the pylon’s side of the slots', () => {
  test('asks, and hands the answer to who asked', async () => {
    const { slots, sent } = open();
    const [one, two] = [slots.request('1'), slots.request('2')];
    slots.answered('2', { kind: 'granted' });
    slots.answered('1', { kind: 'full', limit: 1, reason: 'x' });
    assert.deepEqual(await Promise.all([one, two]), [{ kind: 'full', limit: 1, reason: 'x' }, { kind: 'granted' }]);
    assert.deepEqual(sent, ['slot-request 1', 'slot-request 2']);
  });

  test('begins a job whose turn comes before, or after, it is stored', async () => {
    const { slots, begun, begin } = open();
    for (const jobId of ['early', 'late']) {
      void slots.request(jobId);
      slots.answered(jobId, { kind: 'queued' });
    }
    slots.granted('early');
    slots.whenGranted('early', begin('early'));
    slots.whenGranted('late', begin('late'));
    assert.deepEqual(begun, ['early']);
    slots.granted('late');
    assert.deepEqual(begun, ['early', 'late']);
  });

  test('begins no job whose slot was given back, however late its turn comes', () => {
    const { slots, sent, begun, begin } = open();
    slots.wait('1');
    slots.whenGranted('1', begin('1'));
    slots.release('1');
    slots.granted('1');
    slots.whenGranted('1', begin('1'));
    assert.deepEqual(begun, [], 'the grant was for what it was before');
    assert.deepEqual(sent, ['slot-wait 1', 'slot-release 1']);
  });
});
