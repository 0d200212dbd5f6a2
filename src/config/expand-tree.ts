/** A tree as plain values, twice: with variables replaced, to be checked; and with them still in it, to be kept. */
import { escapeVariables, expandVariables, malformedVariable, MissingVariable, variableNames } from '../variables.ts';
import type { Lookup } from '../variables.ts';
import type { Problem } from './problem.ts';
import type { SchemaNode } from './schema.ts';
import { memberSchema, typesOf } from './schema.ts';
import type { ScalarNode, SettingsNode } from './settings-tree.ts';
import { problemAt } from './settings-tree.ts';

export interface Expanded {
  /** Variables replaced, each value of the type that the schema wants where it can be had. */
  readonly value: unknown;
  /** Texts with their `${VAR}`; what is never expanded has its `${` written `$${`. */
  readonly kept: unknown;
  readonly problems: readonly Problem[];
  /** One for each field whose variable is not set. */
  readonly missing: readonly Problem[];
  /** JSON pointers of values that came from a variable or are secret: not to be shown. */
  readonly hidden: ReadonlySet<string>;
  /** JSON pointers of values whose variable is not set. */
  readonly unresolved: ReadonlySet<string>;
}

/** @param whereToSet says, for a field's file, where to put a missing variable, e.g. `/home/a/.pylon/.env` */
export function expandTree(
  tree: SettingsNode,
  schema: SchemaNode,
  lookup: Lookup,
  whereToSet: (file: string) => string,
): Expanded {
  const walk: Walk = { lookup, whereToSet, problems: [], missing: [], hidden: new Set(), unresolved: new Set() };
  const { value, kept } = visit(tree, schema, '', walk);
  return {
    value,
    kept,
    problems: walk.problems,
    missing: walk.missing,
    hidden: walk.hidden,
    unresolved: walk.unresolved,
  };
}

interface Walk {
  readonly lookup: Lookup;
  readonly whereToSet: (file: string) => string;
  readonly problems: Problem[];
  readonly missing: Problem[];
  readonly hidden: Set<string>;
  readonly unresolved: Set<string>;
}

interface Pair {
  readonly value: unknown;
  readonly kept: unknown;
}

function visit(node: SettingsNode, schema: SchemaNode | undefined, pointer: string, walk: Walk): Pair {
  if (schema?.['x-secret'] === true || schema?.['x-hidden'] === true) walk.hidden.add(pointer);
  if (node.kind === 'scalar') return scalar(node, schema, pointer, walk);
  const child = (part: string | number, member: SettingsNode): Pair =>
    visit(member, schema && memberSchema(schema, part), pointerTo(pointer, part), walk);
  if (node.kind === 'list') {
    const pairs = node.items.map((item, index) => child(index, item));
    return { value: pairs.map(({ value }) => value), kept: pairs.map(({ kept }) => kept) };
  }
  const pairs = [...node.entries].map(([key, member]) => [key, child(key, member)] as const);
  return {
    value: Object.fromEntries(pairs.map(([key, { value }]) => [key, value])),
    kept: Object.fromEntries(pairs.map(([key, { kept }]) => [key, kept])),
  };
}

function scalar(node: ScalarNode, schema: SchemaNode | undefined, pointer: string, walk: Walk): Pair {
  const types = schema === undefined ? [] : typesOf(schema);
  if (typeof node.value !== 'string') {
    // `PORT: 8080` and `VERSION: 1.10` in a field that takes text as well mean what is written there.
    const text = node.value !== null && types.includes('string') && types.length > 1 ? node.text : node.value;
    return { value: text, kept: text };
  }
  if (schema === undefined) return { value: node.value, kept: node.value };
  if (schema['x-verbatim'] === true) return { value: node.value, kept: escapeVariables(node.value) };
  if (malformedVariable(node.value)) {
    walk.problems.push(
      problemAt(node.place, 'holds a `${` that begins no variable; write ${NAME}, or $${ for a literal ${'),
    );
  }
  if (variableNames(node.value).length > 0) walk.hidden.add(pointer);
  const text = replaced(node, pointer, walk);
  const value = types.includes('string') || types.length === 0 ? text : typed(text, types);
  // A choice must be known to whoever reads the settings, and is no secret.
  const choice = schema.enum !== undefined || types.every((type) => type !== 'string');
  return { value, kept: !choice ? node.value : typeof value === 'string' ? escapeVariables(value) : value };
}

function replaced(node: ScalarNode, pointer: string, walk: Walk): string {
  const text = String(node.value);
  try {
    return expandVariables(text, walk.lookup);
  } catch (thrown) {
    if (!(thrown instanceof MissingVariable)) throw thrown;
    walk.unresolved.add(pointer);
    const { variable } = thrown;
    const where = walk.whereToSet(node.place.file);
    walk.missing.push(
      problemAt(node.place, `the variable \${${variable}} is not set; put a line ${variable}=… into ${where}`),
    );
    return text;
  }
}

/** The number or boolean that `text` spells, where one of `types` wants it; else the text, for the check to refuse. */
function typed(text: string, types: readonly string[]): unknown {
  const trimmed = text.trim();
  if (types.includes('boolean') && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
  const wantsNumber = types.includes('integer') || types.includes('number');
  return wantsNumber && /^[-+]?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : text;
}

/** JSON pointer of a member. */
export function pointerTo(pointer: string, part: string | number): string {
  return `${pointer}/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The parts of a JSON pointer. */
export function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
