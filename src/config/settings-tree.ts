/** A settings file as it was read: values that know where they stand. Trees of several files can be put over each other. */
import type { Problem } from './problem.ts';

export type SettingsNode = ScalarNode | ListNode | MapNode;

export interface Place {
  readonly file: string;
  /** From 1: of the key where the node has one, else of the value. */
  readonly line: number;
  /** Dotted path in that file; empty for the whole. */
  readonly key: string;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: string | number | boolean | null;
  /** As it stands in the file, without quotes: `1.10` for the number 1.1. */
  readonly text: string;
  /** The line of the text's first line, where lines of the text are lines of the file; else undefined. */
  readonly firstLine: number | undefined;
}

export interface ListNode {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly SettingsNode[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, SettingsNode>;
}

/** `over` put over `under`: mappings merge key by key, everything else is replaced. */
export function mergeTrees(under: SettingsNode | undefined, over: SettingsNode | undefined): SettingsNode | undefined {
  if (under === undefined) return over;
  if (over === undefined) return under;
  if (under.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(under.entries);
  for (const [key, node] of over.entries) {
    const merged = mergeTrees(entries.get(key), node);
    if (merged !== undefined) entries.set(key, merged);
  }
  return { ...over, entries };
}

/** The node at `path` below `node`, or undefined. */
export function nodeAt(node: SettingsNode | undefined, path: readonly string[]): SettingsNode | undefined {
  let found = node;
  for (const part of path) {
    if (found === undefined) return undefined;
    found = childOf(found, part);
  }
  return found;
}

/** The deepest node on the way to `path` that is there. */
export function nearestNode(node: SettingsNode, path: readonly string[]): SettingsNode {
  let found = node;
  for (const part of path) {
    const child = childOf(found, part);
    if (child === undefined) return found;
    found = child;
  }
  return found;
}

function childOf(node: SettingsNode, part: string): SettingsNode | undefined {
  if (node.kind === 'map') return node.entries.get(part);
  return node.kind === 'list' ? node.items[Number(part)] : undefined;
}

/** A copy of the mapping `node` with `changes`; undefined removes a key. */
export function withEntries(node: MapNode, changes: Readonly<Record<string, SettingsNode | undefined>>): MapNode {
  const entries = new Map(node.entries);
  for (const [key, child] of Object.entries(changes)) {
    if (child === undefined) entries.delete(key);
    else entries.set(key, child);
  }
  return { ...node, entries };
}

/** The key of a member of the node at `parent`. */
export function memberKey(parent: string, part: string | number): string {
  if (typeof part === 'number') return `${parent}[${part}]`;
  return parent === '' ? part : `${parent}.${part}`;
}

/** A problem with what stands at `place`. */
export function problemAt(place: Place, message: string): Problem {
  return { file: place.file, line: place.line, ...(place.key === '' ? {} : { key: place.key }), message };
}
