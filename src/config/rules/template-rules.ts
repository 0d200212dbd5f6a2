/** Templates must parse before anything depends on them. */
import { parseTemplate } from '../../../workers/template/parse-template.ts';
import { TemplateSyntaxError } from '../../../workers/template/template-errors.ts';
import type { Problem } from '../problem.ts';
import type { SchemaNode } from '../schema.ts';
import { memberSchema } from '../schema.ts';
import type { ScalarNode, SettingsNode } from '../settings-tree.ts';
import { problemAt } from '../settings-tree.ts';

/** A problem, with the line in the file, for each template below `node` that does not parse. */
export function templateProblems(node: SettingsNode, schema: SchemaNode | undefined): Problem[] {
  if (schema === undefined) return [];
  if (node.kind === 'scalar') return schema['x-template'] === true ? check(node) : [];
  const members = node.kind === 'map' ? [...node.entries] : [...node.items.entries()];
  return members.flatMap(([part, member]) => templateProblems(member, memberSchema(schema, part)));
}

function check(node: ScalarNode): Problem[] {
  if (typeof node.value !== 'string') return [];
  try {
    parseTemplate(node.value);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof TemplateSyntaxError)) throw thrown;
    const { line, column, message } = thrown;
    const inFile = node.firstLine === undefined ? node.place.line : node.firstLine + line - 1;
    const where = node.value.includes('\n')
      ? `line ${line}, column ${column} of the text`
      : `column ${column} of the text`;
    return [{ ...problemAt(node.place, `is not a template that can be read: ${message} (${where})`), line: inFile }];
  }
}
