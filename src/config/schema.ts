/** The two schemas: read from `schemas/`, compiled when first needed, and walked to know what a field is. */
import { readFileSync } from 'node:fs';

import type { ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';

export type SchemaName = 'config' | 'pylon';

/** As much of JSON Schema as ours use. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
  /** Never shown, never logged. */
  readonly 'x-secret'?: boolean;
  /** May hold a secret: not shown in errors. */
  readonly 'x-hidden'?: boolean;
  /** `${VAR}` in it stands for itself. */
  readonly 'x-verbatim'?: boolean;
  readonly 'x-template'?: boolean;
  /** What is expected, in words. */
  readonly 'x-expected'?: string;
}

const documents = new Map<SchemaName, SchemaNode>();
let ajv: Ajv | undefined;

/** The whole schema of config.yaml or pylon.yaml. */
export function schemaOf(name: SchemaName): SchemaNode {
  const known = documents.get(name);
  if (known !== undefined) return known;
  // From dist/src/config up to the package.
  const file = new URL(`../../../schemas/${name}.schema.json`, import.meta.url);
  const document = JSON.parse(readFileSync(file, 'utf8')) as SchemaNode;
  documents.set(name, document);
  return document;
}

/** The compiled check of a whole file; its `errors` are overwritten by the next call. */
export function validatorOf(name: SchemaName): ValidateFunction {
  ajv ??= makeAjv();
  const found = ajv.getSchema(`${name}.schema.json`);
  if (found === undefined) throw new Error(`schemas/${name}.schema.json has no check`);
  return found;
}

function makeAjv(): Ajv {
  const made = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true, strictTypes: false });
  for (const keyword of ['x-secret', 'x-hidden', 'x-verbatim', 'x-template', 'x-expected']) made.addKeyword(keyword);
  for (const name of ['pylon', 'config'] as const) made.addSchema(schemaOf(name));
  return made;
}

/** `node` with its `$ref` followed; what stands beside the reference wins. */
export function resolved(node: SchemaNode): SchemaNode {
  if (node.$ref === undefined) return node;
  const { $ref, ...own } = node;
  const name = $ref.slice($ref.lastIndexOf('/') + 1);
  // Both files' definitions are in the pylon's schema.
  const target = schemaOf('pylon').definitions?.[name];
  if (target === undefined) throw new Error(`the schema refers to ${$ref}, which is not there`);
  return { ...resolved(target), ...own };
}

/** The schema of the member `part` of what `node` describes; undefined for an unknown key. */
export function memberSchema(node: SchemaNode, part: string | number): SchemaNode | undefined {
  const here = resolved(node);
  for (const branch of [here, ...(here.anyOf ?? [])]) {
    const { properties, additionalProperties, items } = resolved(branch);
    const own = properties !== undefined && Object.hasOwn(properties, part) ? properties[part] : undefined;
    const found =
      typeof part === 'number'
        ? items
        : (own ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined));
    if (found !== undefined) return resolved(found);
  }
  return undefined;
}

/** The JSON types that `node` takes. */
export function typesOf(node: SchemaNode): readonly string[] {
  const { type, anyOf } = resolved(node);
  if (type !== undefined) return typeof type === 'string' ? [type] : type;
  return (anyOf ?? []).flatMap(typesOf);
}
