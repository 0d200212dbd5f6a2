import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { readMachine } from '../../src/config/machine.ts';
import { homeOfFiles, lines } from './home-of-files.ts';

const cases: readonly (readonly [yaml: string, problem: string])[] = [
  ['trigger: { type: cron, cron: "0 9 * * 1" }', '2: trigger.type: not available yet: cron triggers (trigger.type)'],
  [
    'trigger: { type: webhook, filter: [{ body.action: [opened] }] }',
    '2: trigger.filter: not available yet: filters (trigger.filter)',
  ],
  [
    'trigger: { type: webhook, secret: x, signature: stripe }',
    '2: trigger.signature: not available yet: signature schemes other than github and hmac (trigger.signature)',
  ],
  [
    'trigger: { type: webhook, secret: x, signature_header: X-Gitlab-Token }',
    '2: trigger.signature_header: not available yet: signature schemes other than github and hmac (trigger.signature_header)',
  ],
  [
    'channel: { type: telegram, telegram: { bot_token: x, chat_id: 0 } }',
    '2: channel.type: not available yet: Telegram channels (channel.type)',
  ],
  [
    'channel: { type: slack, slack: { bot_token: x } }',
    '2: channel.type: not available yet: Slack channels (channel.type)',
  ],
  ['channel: { approval: true }', '2: channel.approval: not available yet: approval (channel.approval)'],
  ['agent: {}', '2: agent.type: not available yet: the claude agent; `type: command` runs any image (agent.type)'],
  [
    'agent: { type: opencode }',
    '2: agent.type: not available yet: the opencode agent; `type: command` runs any image (agent.type)',
  ],
  [
    'agent: { type: command, image: a, network: { allow: [example.org] } }',
    '2: agent.network: not available yet: a network that allows named hosts only (agent.network)',
  ],
  [
    'agent: { type: command, image: a, max_cost_usd: 3 }',
    '2: agent.max_cost_usd: not available yet: cost limits (agent.max_cost_usd)',
  ],
  [
    'agent: { type: command, image: a, auth: api-key }',
    '2: agent.auth: not available yet: provider credentials; give a key in agent.env (agent.auth)',
  ],
  [
    'limits: { events_per_minute: 3 }',
    '2: limits.events_per_minute: not available yet: rate limits (limits.events_per_minute)',
  ],
  [
    'limits: { cost_usd_per_day: 3.5 }',
    '2: limits.cost_usd_per_day: not available yet: cost limits (limits.cost_usd_per_day)',
  ],
];

describe('what this release does not do yet', () => {
  for (const [yaml, problem] of cases) {
    it(`is refused by name: ${yaml}`, () => {
      const section = yaml.slice(0, yaml.indexOf(':'));
      const others = Object.entries({ trigger: '{ type: webhook }', agent: '{ type: command, image: a }' })
        .filter(([name]) => name !== section)
        .map(([name, value]) => `${name}: ${value}\n`)
        .join('');
      using home = homeOfFiles({ 'pylons/p/pylon.yaml': `name: p\n${yaml}\n${others}` });
      const loaded = home.pylon('p');
      assert.deepEqual(loaded.ok ? [] : lines(loaded.problems, home.paths.home), [`pylons/p/pylon.yaml:${problem}`]);
    });
  }

  it('is refused where config.yaml asks for it on behalf of a pylon', () => {
    using home = homeOfFiles({
      'config.yaml': 'version: 1\ndefaults:\n  channel:\n    type: telegram\n    telegram: { bot_token: "${BOT}" }\n',
      'pylons/p/pylon.yaml': 'name: p\ntrigger: { type: webhook }\nagent: { type: command, image: a }\n',
    });
    const loaded = home.pylon('p', { BOT: 'a-token' });
    assert.deepEqual(loaded.ok ? [] : lines(loaded.problems, home.paths.home), [
      'config.yaml:4: defaults.channel.type: not available yet: Telegram channels (channel.type)',
    ]);
  });

  it('does not concern a pylon that chose another channel than the default one', () => {
    using home = homeOfFiles({
      'config.yaml': 'version: 1\ndefaults:\n  channel:\n    type: telegram\n    telegram: { bot_token: "${BOT}" }\n',
      'pylons/p/pylon.yaml':
        'name: p\ntrigger: { type: webhook }\nagent: { type: command, image: a }\nchannel: { type: stdout }\n',
    });
    assert.equal(home.pylon('p').ok, true);
  });

  it('is refused in config.yaml itself', () => {
    using home = homeOfFiles({ 'config.yaml': 'version: 1\nalerts: { type: stdout }\n' });
    const read = readMachine(home.paths, {});
    assert.deepEqual(read.ok ? [] : lines(read.problems, home.paths.home), [
      'config.yaml:2: alerts: not available yet: alerts (alerts)',
    ]);
  });
});
