/** Everything about a pylon that its schema cannot say. */
import type { Problem } from '../problem.ts';
import { nodeAt } from '../settings-tree.ts';
import { agentRules, limitRules } from './agent-rules.ts';
import { channelRules } from './channel-rules.ts';
import type { RuleInput } from './rule.ts';
import { reporter } from './rule.ts';
import { triggerRules } from './trigger-rules.ts';
import { workspaceRules } from './workspace-rules.ts';

const rules = [triggerRules, workspaceRules, channelRules, agentRules, limitRules];

export interface PylonRulesInput extends Omit<RuleInput, 'report' | 'warn' | 'has'> {
  /** The directory's name. */
  readonly name: string;
}

export function pylonRules(input: PylonRulesInput): { problems: Problem[]; warnings: Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report = reporter(input.tree, problems);
  const full: RuleInput = {
    ...input,
    report,
    warn: reporter(input.tree, warnings),
    has: (path) => nodeAt(input.tree, path.map(String)) !== undefined,
  };
  const { name } = input.file;
  if (name !== undefined && name !== input.name) {
    report(
      ['name'],
      `expected ${JSON.stringify(input.name)}, the name of its directory${input.isHidden(['name']) ? '' : `, found ${JSON.stringify(name)}`}`,
    );
  }
  for (const rule of rules) rule(full);
  return { problems, warnings };
}
