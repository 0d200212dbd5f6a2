/** What the schema cannot say about config.yaml. */
import { formatSize, parseSize } from '../../duration.ts';
import type { ConfigFile } from '../../protocol/generated/config-file.ts';
import type { Problem } from '../problem.ts';
import type { MapNode } from '../settings-tree.ts';
import { nearestNode, problemAt } from '../settings-tree.ts';
import { isTimezone } from './timezone.ts';

/** What one pylon's bodies in flight may take; a larger body could never be taken. */
const largestBody = 8 * 1024 ** 2;
/** Docker starts no container with less. */
export const leastMemory = 6 * 1024 ** 2;

export function machineRules(config: ConfigFile, tree: MapNode, hidden: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, message) => {
    problems.push(problemAt(nearestNode(tree, path).place, message));
  };
  const shown: Shown = (path, value) => (hidden.has(`/${path.join('/')}`) ? 'a value that is not shown here' : value);
  sizeRules(config, report, shown);
  if (config.engine === 'process' && config.docker?.limits !== undefined) {
    const message = 'has no effect with `engine: process`, which limits nothing; remove it, or use `engine: docker`';
    report(['docker', 'limits'], message);
  }
  defaultsRules(config, report, shown);
  return problems;
}

type Report = (path: readonly string[], message: string) => void;
type Shown = (path: readonly string[], value: string) => string;

function sizeRules({ server, docker }: ConfigFile, report: Report, shown: Shown): void {
  const body = server?.max_body;
  if (body !== undefined && (parseSize(body) ?? 0) > largestBody) {
    const path = ['server', 'max_body'];
    const why = 'no more than that is held for one pylon at once';
    report(path, `expected at most 8mb, found ${shown(path, body)}; ${why}`);
  }
  const memory = docker?.limits?.memory;
  if (memory !== undefined && (parseSize(memory) ?? 0) < leastMemory) {
    const path = ['docker', 'limits', 'memory'];
    report(path, `expected at least ${formatSize(leastMemory)}, found ${shown(path, memory)}`);
  }
}

function defaultsRules({ defaults }: ConfigFile, report: Report, shown: Shown): void {
  const zone = defaults?.timezone;
  if (zone !== undefined && !isTimezone(zone)) {
    const path = ['defaults', 'timezone'];
    report(path, `expected an IANA time zone such as Europe/Berlin, found ${shown(path, zone)}`);
  }
  for (const type of ['claude', 'opencode', 'command'] as const) {
    if (defaults?.agent?.[type]?.type === undefined) continue;
    const message = `does not belong here: these are the defaults of ${type} already; the usual agent is defaults.agent.type`;
    report(['defaults', 'agent', type, 'type'], message);
  }
}
