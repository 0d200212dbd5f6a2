/** A pylon's file over what config.yaml says for every pylon. */
import { expandVariables, MissingVariable } from '../variables.ts';
import type { Lookup } from '../variables.ts';
import type { MapNode, SettingsNode } from './settings-tree.ts';
import { mergeTrees, nodeAt, withEntries } from './settings-tree.ts';

/**
 * `tree` (of pylon.yaml) with `channel` over `defaults.channel` and `agent` over `defaults.agent.<its type>`, their types
 * filled in. Of the default channel only what its type uses is taken over: a pylon that prints to stdout needs no bot's token.
 *
 * @param config the tree of config.yaml
 */
export function overDefaults(tree: MapNode, config: MapNode, lookup: Lookup): MapNode {
  const defaultChannel = nodeAt(config, ['defaults', 'channel']);
  const agent = typeNode(tree, 'agent', nodeAt(config, ['defaults', 'agent', 'type']), 'claude');
  const channel = typeNode(tree, 'channel', nodeAt(defaultChannel, ['type']), 'stdout');
  const agentDefaults = nodeAt(config, ['defaults', 'agent', textOf(agent, lookup)]);
  const channelDefaults = withoutOthers(defaultChannel, textOf(channel, lookup));
  return withEntries(tree, {
    agent: mergeTrees(withType(agentDefaults, agent), tree.entries.get('agent')),
    channel: mergeTrees(withType(channelDefaults, channel), tree.entries.get('channel')),
  });
}

/** What says the type of a section: the pylon, else config.yaml, else nobody, and then `usual` stands at the section. */
function typeNode(tree: MapNode, section: string, written: SettingsNode | undefined, usual: string): SettingsNode {
  const own = nodeAt(tree, [section, 'type']);
  const { place } = tree.entries.get(section) ?? tree;
  return own ?? written ?? { kind: 'scalar', place, value: usual, text: usual, firstLine: undefined };
}

function withType(defaults: SettingsNode | undefined, type: SettingsNode): SettingsNode {
  if (defaults === undefined) return { kind: 'map', place: type.place, entries: new Map([['type', type]]) };
  return defaults.kind === 'map' ? withEntries(defaults, { type }) : defaults;
}

function withoutOthers(channel: SettingsNode | undefined, type: string): SettingsNode | undefined {
  if (channel?.kind !== 'map') return channel;
  const others = ['telegram', 'slack', 'webhook'].filter((other) => other !== type);
  return withEntries(channel, Object.fromEntries(others.map((other) => [other, undefined])));
}

/** A node's text, its variables replaced; empty where it is none or a variable is missing (which is reported elsewhere). */
function textOf(node: SettingsNode, lookup: Lookup): string {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return '';
  try {
    return expandVariables(node.value, lookup);
  } catch (thrown) {
    if (thrown instanceof MissingVariable) return '';
    throw thrown;
  }
}
