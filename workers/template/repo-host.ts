/** Whether a payload could decide which host a repository is fetched from. */
import type { Node } from './nodes.ts';

import { parseTemplate, templateIsPlain } from './parse-template.ts';
import { TemplateSyntaxError } from './template-errors.ts';

/**
 * Whether an action of a `repo` template could influence the address's scheme or host. Only two beginnings are known to
 * be safe: `scheme://host/` and `user@host:`, written out in the template. Everything else that holds an action counts
 * as templated, also a template that does not parse.
 */
export function hostIsTemplated(repoTemplate: string): boolean {
  if (templateIsPlain(repoTemplate)) return false;
  const { text, isWhole } = literalBeginning(repoTemplate);
  return !isWhole && !urlWithHost.test(text) && !scpWithHost.test(text);
}

/** The host ends at its slash; a backslash or a blank before it would make programs disagree on where. */
const urlWithHost = /^\s*[a-z][a-z0-9+.-]*:\/\/[^\s/?#\\]+\//i;

/** `user@` keeps git from taking what follows for a URL or a remote helper, whatever it is. */
const scpWithHost = /^\s*[a-z0-9._-]+@[a-z0-9][a-z0-9._-]*:/i;

/** What the rendered text certainly starts with, and whether that is all of it. */
function literalBeginning(source: string): { readonly text: string; readonly isWhole: boolean } {
  let text = '';
  for (const node of parsedBody(source)) {
    if (node.type === 'text') text += node.text;
    else if (printsSomething(node)) return { text, isWhole: false };
  }
  return { text, isWhole: true };
}

function printsSomething(node: Node): boolean {
  return node.type !== 'action' || node.pipeline.variables.length === 0;
}

function parsedBody(source: string): readonly Node[] {
  try {
    return parseTemplate(source).body;
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return [{ type: 'break', line: error.line }];
    throw error;
  }
}
