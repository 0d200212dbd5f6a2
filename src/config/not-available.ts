/** What the schemas know and this release does not do yet: refused by name, never half-run. */
import type { Problem } from './problem.ts';
import { inferScheme } from './signature-headers.ts';
import type { MapNode } from './settings-tree.ts';
import { nearestNode, problemAt } from './settings-tree.ts';

interface Missing {
  readonly path: readonly string[];
  readonly what: string;
  /** Which values are meant; any at all where absent. */
  readonly when?: (value: unknown, section: Readonly<Record<string, unknown>>) => boolean;
}

const is =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);

const availableSchemes: readonly unknown[] = ['github', 'hmac'];

const inPylon: readonly Missing[] = [
  { path: ['trigger', 'type'], when: is('cron'), what: 'cron triggers' },
  { path: ['trigger', 'filter'], what: 'filters' },
  {
    path: ['trigger', 'signature'],
    when: (value) => !availableSchemes.includes(value),
    what: 'signature schemes other than github and hmac',
  },
  {
    path: ['trigger', 'signature_header'],
    when: (value, { signature }) => signature === undefined && !availableSchemes.includes(inferScheme(String(value))),
    what: 'signature schemes other than github and hmac',
  },
  { path: ['channel', 'type'], when: is('telegram'), what: 'Telegram channels' },
  { path: ['channel', 'type'], when: is('slack'), what: 'Slack channels' },
  { path: ['channel', 'approval'], when: is(true), what: 'approval' },
  { path: ['agent', 'type'], when: is('claude'), what: 'the claude agent; `type: command` runs any image' },
  { path: ['agent', 'type'], when: is('opencode'), what: 'the opencode agent; `type: command` runs any image' },
  {
    path: ['agent', 'auth'],
    when: is('oauth', 'api_key', 'api-key'),
    what: 'provider credentials; give a key in agent.env',
  },
  { path: ['agent', 'api_key'], what: 'provider credentials; give a key in agent.env' },
  { path: ['agent', 'provider'], what: 'providers' },
  { path: ['agent', 'oauth_path'], what: 'oauth' },
  {
    path: ['agent', 'network'],
    when: (value) => typeof value === 'object',
    what: 'a network that allows named hosts only',
  },
  { path: ['agent', 'max_cost_usd'], what: 'cost limits' },
  { path: ['limits', 'events_per_minute'], what: 'rate limits' },
  { path: ['limits', 'cost_usd_per_day'], what: 'cost limits' },
];

const inConfig: readonly Missing[] = [{ path: ['alerts'], what: 'alerts' }];

/**
 * @param settings what is sound of pylon.yaml over its defaults, the agent's and the channel's type filled in
 * @param onlyWritten whether to leave out what only follows from a default: beside a mistyped key it would mislead
 */
export function pylonNotAvailable(tree: MapNode, settings: unknown, onlyWritten = false): Problem[] {
  return refuse(inPylon, tree, settings).flatMap(({ problem, written }) => (written || !onlyWritten ? [problem] : []));
}

export function machineNotAvailable(tree: MapNode, settings: unknown): Problem[] {
  return refuse(inConfig, tree, settings).map(({ problem }) => problem);
}

interface Refused {
  readonly problem: Problem;
  /** Whether the file names it, rather than a default. */
  readonly written: boolean;
}

function refuse(missing: readonly Missing[], tree: MapNode, settings: unknown): Refused[] {
  return missing.flatMap(({ path, what, when }) => {
    const section = path
      .slice(0, -1)
      .reduce<unknown>((found, part) => (isMapping(found) ? found[part] : undefined), settings);
    const value = isMapping(section) ? section[path.at(-1) ?? ''] : undefined;
    if (value === undefined || !isMapping(section) || (when !== undefined && !when(value, section))) return [];
    const key = path.join('.');
    const { place } = nearestNode(tree, path);
    const written = place.key.endsWith(key);
    const problem = problemAt({ ...place, key: written ? place.key : key }, `not available yet: ${what} (${key})`);
    return [{ problem, written }];
  });
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
