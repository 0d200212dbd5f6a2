/** What the schema cannot say about `agent` and `limits`. */
import { formatSize, parseSize } from '../../duration.ts';
import type { AgentFile } from '../../protocol/generated/pylon-file.ts';
import { parseVolume } from '../../../workers/engine/volumes.ts';
import { leastMemory } from './machine-rules.ts';
import { checkPlace } from './place-rules.ts';
import type { RuleInput } from './rule.ts';
import { attempt, quote } from './rule.ts';

export function agentRules(input: RuleInput): void {
  const { file, machine, report, has } = input;
  const agent = file.agent ?? {};
  if (agent.type === 'command') commandRules(input);
  else if (agent.type !== undefined && has(['agent', 'command']))
    report(['agent', 'command'], 'belongs to `type: command`');
  envRules(input, agent);
  if (machine.settings.engine === 'process') processRules(input);
  else volumeRules(input, agent);
}

function commandRules({ machine, report, has }: RuleInput): void {
  const { engine } = machine.settings;
  if (engine === 'docker' && !has(['agent', 'image'])) {
    report(['agent'], 'the key `agent.image` is missing; `type: command` needs the image to run');
  }
  if (engine === 'process' && !has(['agent', 'command'])) {
    report(['agent'], 'the key `agent.command` is missing; with `engine: process` it is what is run');
  }
}

/** Set by Pylon itself for each run. */
const reserved = ['HOME', 'PROMPT'];

function envRules({ report }: RuleInput, { env = {} }: AgentFile): void {
  for (const name of Object.keys(env)) {
    if (!reserved.includes(name) && !name.startsWith('PYLON_')) continue;
    report(['agent', 'env', name], 'is set by Pylon itself (HOME, PROMPT and PYLON_… are); choose another name');
  }
}

const needSandbox = ['network', 'volumes', 'user', 'read_only'] as const;
const limitsOfSandbox = ['cpus', 'memory', 'pids', 'disk'] as const;

function processRules({ report, has }: RuleInput): void {
  const message = 'cannot be kept with `engine: process`, which has no sandbox; remove it, or use `engine: docker`';
  for (const key of needSandbox) if (has(['agent', key])) report(['agent', key], message);
  for (const key of limitsOfSandbox) if (has(['limits', key])) report(['limits', key], message);
}

function volumeRules(input: RuleInput, agent: AgentFile): void {
  const volumes: readonly (string | undefined)[] = agent.volumes ?? [];
  const targets = new Set<string>();
  for (const [index, text] of volumes.entries()) {
    if (text === undefined) continue;
    const path = ['agent', 'volumes', index];
    const what = `agent.volumes[${index}]`;
    attempt(
      input,
      path,
      () => {
        const { source, target } = parseVolume(text, what);
        if (targets.has(target)) input.report(path, `another volume has the same target already`);
        targets.add(target);
        checkPlace(input, path, source);
      },
      `${what}: `,
    );
  }
}

export function limitRules(input: RuleInput): void {
  const memory = input.file.limits?.memory;
  if (memory !== undefined && (parseSize(memory) ?? 0) < leastMemory) {
    input.report(
      ['limits', 'memory'],
      `expected at least ${formatSize(leastMemory)}, found ${quote(input, ['limits', 'memory'], memory)}`,
    );
  }
}
