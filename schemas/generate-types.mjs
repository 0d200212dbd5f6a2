/**
 * Makes src/protocol/generated/ from the schemas: the files' types, and the list of secret fields.
 * `node schemas/generate-types.mjs` writes them; with `--check` it writes nothing and fails on a difference.
 */
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { compile } from 'json-schema-to-typescript';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = fileURLToPath(new URL('../src/protocol/generated/', import.meta.url));

const banner = '// Made from schemas/ by `npm run gen:types`. Change the schema, not this file.';
const style = { singleQuote: true, semi: true, tabWidth: 2, printWidth: 120, trailingComma: 'all' };

/** @returns {Promise<string>} */
async function typesOf(name) {
  const schema = readSchema(name);
  return compile(schema, schema.title, {
    cwd: here,
    bannerComment: banner,
    style,
    strictIndexSignatures: false,
    // A list with a least length would become a tuple, which nothing that is read from a file can be assigned to.
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: false,
  });
}

/** Paths of the fields of pylon.yaml that are marked x-secret; `*` stands for any key or index. */
function secretFields() {
  const schema = readSchema('pylon');
  const found = new Set();
  const visit = (node, path) => {
    const { $ref, ...own } = node;
    const merged = $ref === undefined ? own : { ...schema.definitions[$ref.replace('#/definitions/', '')], ...own };
    if (merged['x-secret'] === true && path.at(-1) !== '*') found.add(path.join('.'));
    else if (merged['x-secret'] === true && !found.has(path.slice(0, -1).join('.'))) found.add(path.join('.'));
    for (const [key, child] of Object.entries(merged.properties ?? {})) visit(child, [...path, key]);
    if (typeof merged.additionalProperties === 'object') visit(merged.additionalProperties, [...path, '*']);
    if (typeof merged.items === 'object') visit(merged.items, [...path, '*']);
  };
  visit(schema, []);
  return [...found].toSorted((left, right) => left.localeCompare(right));
}

function secretsModule() {
  const lines = secretFields().map((path) => `  '${path}',`);
  return [
    banner,
    '',
    '/** Fields of pylon.yaml that hold secrets, with everything below them; `*` stands for any key. */',
    'export const secretFields: readonly string[] = [',
    ...lines,
    '];',
    '',
  ].join('\n');
}

function readSchema(name) {
  return JSON.parse(readFileSync(new URL(`${name}.schema.json`, import.meta.url), 'utf8'));
}

const files = {
  'config-file.ts': await typesOf('config'),
  'pylon-file.ts': await typesOf('pylon'),
  'secret-fields.ts': secretsModule(),
};

const checking = process.argv.includes('--check');
mkdirSync(target, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  if (!checking) {
    writeFileSync(target + name, text);
    continue;
  }
  let present = '';
  try {
    present = readFileSync(target + name, 'utf8');
  } catch {
    // Missing is different too.
  }
  if (present !== text) {
    process.stderr.write(
      `src/protocol/generated/${name} differs from what the schemas give; run \`npm run gen:types\`.\n`,
    );
    process.exitCode = 1;
  }
}
