/** What the schema cannot say about `channel`. */
import type { RuleInput } from './rule.ts';

export function channelRules({ file: { channel, trigger }, report, has }: RuleInput): void {
  if (channel?.type === 'webhook' && !has(['channel', 'webhook'])) {
    report(['channel'], 'the key `channel.webhook` is missing; `type: webhook` needs its `url`');
  }
  if (channel?.approval === true && trigger?.type === 'cron') {
    report(['channel', 'approval'], 'has no effect on a cron trigger: its jobs run without approval');
  }
}
