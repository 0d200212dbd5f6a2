/** What the schema cannot say about `trigger`: above all, that no event is ever taken unverified by accident. */
import type { TriggerFile } from '../../protocol/generated/pylon-file.ts';
import { inferScheme, ownHeader } from '../signature-headers.ts';
import type { RuleInput } from './rule.ts';
import { quote } from './rule.ts';
import { isTimezone } from './timezone.ts';

const ofWebhook = ['path', 'secret', 'signature', 'signature_header', 'public_url', 'filter'] as const;
const ofCron = ['cron', 'timezone', 'catchup', 'catchup_window', 'overlap'] as const;

export function triggerRules(input: RuleInput): void {
  const { type } = input.file.trigger ?? {};
  if (type === undefined) return;
  const strangers: readonly (keyof TriggerFile)[] = type === 'webhook' ? ofCron : ofWebhook;
  for (const key of strangers) {
    if (!input.has(['trigger', key])) continue;
    const other = type === 'webhook' ? 'cron' : 'webhook';
    input.report(['trigger', key], `belongs to \`type: ${other}\`; this trigger's type is ${type}`);
  }
  if (type === 'cron') {
    cronRules(input);
    return;
  }
  pathRules(input);
  if (input.has(['trigger', 'secret'])) schemeRules(input);
  else noSecretRules(input);
}

function cronRules(input: RuleInput): void {
  const { timezone } = input.file.trigger ?? {};
  if (!input.has(['trigger', 'cron'])) {
    input.report(['trigger'], 'the key `trigger.cron` is missing; a cron trigger needs a schedule such as "0 9 * * 1"');
  }
  if (timezone !== undefined && !isTimezone(timezone)) {
    const found = quote(input, ['trigger', 'timezone'], timezone);
    input.report(['trigger', 'timezone'], `expected an IANA time zone such as Europe/Berlin, found ${found}`);
  }
}

function pathRules({ file, report }: RuleInput): void {
  const { path } = file.trigger ?? {};
  if (path === undefined) return;
  if (path === '/healthz') report(['trigger', 'path'], 'expected another path: /healthz is the listener’s own');
  const segments = path.split('/').map((segment) => segment.replaceAll(/%2e/gi, '.'));
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    report(['trigger', 'path'], 'expected a path without `.` and `..`: senders resolve them before they send');
  }
}

function noSecretRules({ machine, report, warn, has }: RuleInput): void {
  const checks = (['signature', 'signature_header'] as const).filter((key) => has(['trigger', key]));
  for (const key of checks) {
    report(['trigger', key], 'needs a `trigger.secret` to check with; without one every event would be taken');
  }
  const { host } = machine.settings.server;
  if (checks.length === 0 && !isLoopback(host)) {
    warn(['trigger'], `takes events from anybody who reaches ${host}: there is no \`trigger.secret\``);
  }
}

function schemeRules(input: RuleInput): void {
  const { report, has } = input;
  const { signature, signature_header: header } = input.file.trigger ?? {};
  const hasHeader = has(['trigger', 'signature_header']);
  if (!has(['trigger', 'signature']) && !hasHeader) {
    report(
      ['trigger', 'secret'],
      'needs a `trigger.signature` (how the sender signs, e.g. github) or a `trigger.signature_header`',
    );
  }
  if (signature === 'hmac' && !hasHeader) {
    report(['trigger', 'signature'], '`hmac` needs a `trigger.signature_header`, the header that holds the signature');
  }
  if (signature !== undefined && header !== undefined && signature !== 'hmac' && inferScheme(header) !== signature) {
    const found = quote(input, ['trigger', 'signature_header'], header);
    report(
      ['trigger', 'signature_header'],
      `found ${found}, but \`signature: ${signature}\` reads ${ownHeader(signature)}; remove one of the two, or use \`signature: hmac\``,
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host) || /^::ffff:127\./i.test(host);
}
