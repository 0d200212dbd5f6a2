import assert from 'node:assert/strict';
import { test } from 'node:test';

import { getMeta, setMeta } from '../../workers/store/meta.ts';
import { transaction } from '../../workers/store/transaction.ts';
import { openTestStore } from './open-test-store.ts';

test('a transaction gives what its work gives and keeps all of it', (t) => {
  const store = openTestStore(t);
  assert.equal(
    transaction(store, () => (setMeta(store, 'a', '1'), 'given')),
    'given',
  );
  assert.equal(getMeta(store, 'a'), '1');
  assert.equal(store.inTransaction, false);
});

test('work that throws leaves nothing behind, and its own error comes out', (t) => {
  const store = openTestStore(t);
  const own = new Error('own');
  const work = (): void => {
    setMeta(store, 'a', '1');
    throw own;
  };
  assert.throws(() => transaction(store, work), own);
  assert.equal(getMeta(store, 'a'), undefined);
  setMeta(store, 'a', '2');
  assert.equal(getMeta(store, 'a'), '2');
});

test('a part of a transaction can fail alone', (t) => {
  const store = openTestStore(t);
  transaction(store, () => {
    setMeta(store, 'kept', '1');
    assert.throws(() =>
      transaction(store, () => {
        setMeta(store, 'kept', '2');
        setMeta(store, 'lost', '1');
        throw new Error('this part only');
      }),
    );
    transaction(store, () => setMeta(store, 'also kept', '1'));
  });
  assert.deepEqual(
    [getMeta(store, 'kept'), getMeta(store, 'lost'), getMeta(store, 'also kept')],
    ['1', undefined, '1'],
  );
});

test('a statement that is wrong is our own fault, ruins its transaction, and can be sent again', (t) => {
  const store = openTestStore(t);
  assert.throws(() => store.run('INSERT INTO nowhere VALUES (1)'), { code: 'PYLON_INTERNAL', message: /nowhere/ });
  assert.throws(
    () =>
      transaction(store, () => {
        setMeta(store, 'a', '1');
        try {
          store.run('INSERT INTO nowhere VALUES (1)');
        } catch {
          // Whoever overlooks it must not have the rest committed.
        }
        setMeta(store, 'b', '1');
      }),
    { code: 'PYLON_INTERNAL' },
  );
  assert.deepEqual([getMeta(store, 'a'), getMeta(store, 'b')], [undefined, undefined]);
  store.exec('CREATE TABLE nowhere (a)');
  store.run('INSERT INTO nowhere VALUES (1)');
});

test('a closed store says so', (t) => {
  const store = openTestStore(t);
  store.close();
  assert.equal(store.isOpen, false);
  assert.throws(() => getMeta(store, 'a'), { code: 'PYLON_INTERNAL', message: /closed/ });
});
