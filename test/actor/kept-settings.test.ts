import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { PylonSettings } from '../../src/protocol/settings.ts';
import { secretFields } from '../../src/protocol/generated/secret-fields.ts';
import { keepSettings, restoreSettings } from '../../workers/actor/kept-settings.ts';
import { settingsOf } from './open-actor.ts';

/** A secret in each place that can hold one. */
const base = settingsOf('echo');
const full: PylonSettings = {
  ...base,
  trigger: { type: 'webhook', path: '/x', secret: ['s3cret-one', 's3cret-two', '${THREE}'], signature: 'github' },
  workspace: { type: 'git-clone', repo: 'https://example.com/r.git', token: 's3cret-token' },
  channel: {
    type: 'webhook',
    approval: false,
    webhook: {
      url: 'https://hooks.example.com/s3cret-path',
      headers: { authorization: 'Bearer s3cret-header', 'x-key': 'Bearer ${KEY}' },
      secret: 's3cret-channel',
    },
  },
  agent: {
    ...base.agent,
    api_key: 's3cret-key',
    env: { PASSWORD: 's3cret-env', FROM: '${VAR}', MIX: 's3cret ${VAR}' },
  },
};

describe('settings that are kept with a job', () => {
  test('hold no secret that stands in the file, and every reference', () => {
    const text = JSON.stringify(keepSettings(full));
    assert.ok(!text.includes('s3cret'), text);
    for (const reference of ['"${THREE}"', '"Bearer ${KEY}"', '"${VAR}"'])
      assert.ok(text.includes(reference), reference);
  });

  test('know every field that can hold a secret', () => {
    const covered = [
      'agent.api_key',
      'channel.webhook.headers.*',
      'channel.webhook.secret',
      'trigger.secret',
      'workspace.token',
    ];
    const others = secretFields.filter((field) => !/^channel\.(slack|telegram)\./.test(field));
    assert.deepEqual(others, covered);
  });

  test('are the same again with the file’s secrets', () => {
    for (const purpose of ['run', 'channel', 'mask'] as const)
      assert.deepEqual(restoreSettings(keepSettings(full), full, purpose), full);
    const stored: unknown = JSON.parse(JSON.stringify(keepSettings(full)));
    assert.deepEqual(restoreSettings(stored as PylonSettings, full, 'run'), full);
  });

  test('are missed only where they are needed', () => {
    const kept = keepSettings(full);
    const changed: PylonSettings = { ...full, channel: { type: 'stdout', approval: false }, trigger: base.trigger };
    assert.equal(restoreSettings(kept, changed, 'run').workspace.token, 's3cret-token');
    assert.throws(() => restoreSettings(kept, changed, 'channel'), {
      code: 'PYLON_SECRET_GONE',
      message: /channel\.webhook/,
    });
    assert.throws(() => restoreSettings(kept, null, 'run'), {
      code: 'PYLON_SECRET_GONE',
      message: /workspace\.token|agent\./,
    });
    assert.doesNotThrow(() => restoreSettings(kept, null, 'mask'));
  });
});
