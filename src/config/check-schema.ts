/** What the schema has against a file, in words. */
import type { ErrorObject } from 'ajv';

import type { Expanded } from './expand-tree.ts';
import { partsOf, pointerTo } from './expand-tree.ts';
import { nearestKey } from './nearest-key.ts';
import type { Problem } from './problem.ts';
import { mostProblems } from './problem.ts';
import type { SchemaName, SchemaNode } from './schema.ts';
import { schemaOf, memberSchema, resolved, validatorOf } from './schema.ts';
import type { SettingsNode } from './settings-tree.ts';
import { memberKey, nearestNode, nodeAt, problemAt } from './settings-tree.ts';

export interface SchemaCheck {
  readonly problems: readonly Problem[];
  /** JSON pointers of the values that are not as the schema wants them. */
  readonly faulty: ReadonlySet<string>;
}

/** Checks `expanded` (of `tree`) against the whole schema `name`. */
export function checkSchema(name: SchemaName, tree: SettingsNode, expanded: Expanded): SchemaCheck {
  const validate = validatorOf(name);
  const faulty = new Set(expanded.unresolved);
  if (validate(expanded.value)) return { problems: [], faulty };
  const problems = new Map<string, Problem>();
  for (const error of validate.errors ?? []) {
    const { instancePath, schemaPath, keyword } = error;
    // The branches of an alternative say less than the alternative itself; a key's own fault is named with the key.
    if (schemaPath.includes('/anyOf/') || (error.propertyName !== undefined && keyword !== 'propertyNames')) continue;
    if (expanded.unresolved.has(instancePath)) continue;
    if (keyword !== 'required') faulty.add(wrongMember(error));
    // One more than are shown, so that the reader learns that there are more.
    if (problems.size > mostProblems) continue;
    const problem = describe(name, tree, error, expanded);
    const spot = `${problem.file}:${problem.key ?? ''}:${keyword === 'required' || keyword === 'additionalProperties' ? problem.message : ''}`;
    if (!problems.has(spot)) problems.set(spot, problem);
  }
  return { problems: [...problems.values()], faulty };
}

/** JSON pointer of what must go for the rest to be right. */
function wrongMember(error: ErrorObject): string {
  const member = memberOf(error);
  return member === undefined ? error.instancePath : pointerTo(error.instancePath, member);
}

/** The key, of the mapping that the error is about, that is unknown, wrongly named or missing. */
function memberOf({ params }: ErrorObject): string | undefined {
  const { additionalProperty, propertyName, missingProperty } = params as Readonly<Record<string, string | undefined>>;
  return additionalProperty ?? propertyName ?? missingProperty;
}

function describe(name: SchemaName, tree: SettingsNode, error: ErrorObject, expanded: Expanded): Problem {
  const path = partsOf(error.instancePath);
  const node = nearestNode(tree, path);
  const member = memberOf(error) ?? '';
  const below = { ...node.place, key: memberKey(node.place.key, member) };
  const own = nodeAt(node, [member])?.place ?? below;
  const schema = resolved(error.parentSchema as SchemaNode);
  switch (error.keyword) {
    case 'additionalProperties':
      return problemAt(own, `unknown key \`${member}\`${suggestion(name, member, schema)}`);
    case 'propertyNames':
      return problemAt(
        own,
        `\`${member}\` cannot be a key here; expected ${resolved(error.schema as SchemaNode)['x-expected'] ?? 'another name'}`,
      );
    case 'required':
      return problemAt(node.place, `the key \`${below.key}\` is missing`);
    default: {
      const hidden = isHidden(error.instancePath, expanded.hidden);
      return problemAt(node.place, `expected ${expectation(error, schema)}, found ${shown(error.data, hidden)}`);
    }
  }
}

/** Whether the value at `pointer`, or one that it lies in, is hidden. */
function isHidden(pointer: string, hidden: ReadonlySet<string>): boolean {
  const parts = pointer.split('/');
  return parts.some((_part, index) => hidden.has(parts.slice(0, index + 1).join('/')));
}

/** What was found, in a few words; a hidden value is only named by its kind. */
function shown(value: unknown, hidden: boolean): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (hidden) return value === '' ? 'an empty text' : 'a value that is not shown here';
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 76)}…"`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
};

function expectation(error: ErrorObject, schema: SchemaNode): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  const types = [schema.type ?? []].flat();
  const quotable =
    error.keyword === 'type' && types.includes('string') && ['number', 'boolean'].includes(typeof error.data);
  switch (error.keyword) {
    case 'minLength':
      return 'a text that is not empty';
    case 'minItems':
    case 'minProperties':
      return 'at least one entry';
    case 'maxLength':
      return `at most ${String(params['limit'])} characters`;
    case 'maxItems':
    case 'maxProperties':
      return `at most ${String(params['limit'])} entries`;
    case 'maximum':
      return `at most ${String(params['limit'])}`;
    default:
      break;
  }
  if (schema.enum !== undefined) return `one of ${schema.enum.map(String).join(', ')}`;
  const inWords =
    schema['x-expected'] ??
    `${types.map((type) => typeNames[type] ?? type).join(' or ')}${quotable ? ' in quotes' : ''}`;
  return inWords === '' ? `something else (${error.message ?? error.keyword})` : inWords;
}

/** The nearest key of the same mapping, else where a key of that name does exist. */
function suggestion(name: SchemaName, written: string, here: SchemaNode): string {
  const known = Object.keys(here.properties ?? {});
  const near = nearestKey(written, known);
  if (near !== undefined) return `; did you mean \`${near}\`?`;
  const elsewhere = keysBelow(schemaOf(name), '');
  const meant = nearestKey(written, [...elsewhere.keys()]);
  if (meant !== undefined) return `; did you mean \`${elsewhere.get(meant) ?? meant}\`?`;
  return `; expected one of ${known.join(', ')}`;
}

/** Every key there is, with where it is first found. */
function keysBelow(schema: SchemaNode, path: string, found = new Map<string, string>()): Map<string, string> {
  const members = Object.keys(schema.properties ?? {});
  for (const member of members) if (!found.has(member)) found.set(member, memberKey(path, member));
  for (const member of members) {
    const below = memberSchema(schema, member);
    if (below !== undefined) keysBelow(below, memberKey(path, member), found);
  }
  return found;
}
