import { catalogue } from '../../src/errors.ts';

interface Entry {
  readonly exit?: number;
  readonly http?: number;
  readonly text: string;
  readonly help: string;
}

/** The text of docs/errors.md. */
export function errorsPage(): string {
  const entries = Object.entries<Entry>(catalogue).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `${introduction}\n${entries.map(([code, entry]) => section(code, entry)).join('\n')}`;
}

const introduction = `# Errors

<!-- Made from src/errors.ts by \`npm run gen:errors\`; edit it there. -->

Every error that Pylon can show you. Its code never changes its meaning; its sentence may be worded better one day.
Commands write the sentence to standard error (with \`--json\` as \`{"error":{"code","message"}}\`) and end with the exit
code given here. Webhook and control socket answers carry the same object with the HTTP status given here. A job that
failed shows the sentence as its \`error\`. \`{words in braces}\` stand for what was found.
`;

function section(code: string, { exit, http, text, help }: Entry): string {
  const ways = [...(exit === undefined ? [] : [`exit code ${exit}`]), ...(http === undefined ? [] : [`HTTP ${http}`])];
  const leaves = ways.length > 0 ? ` *(${ways.join(', ')})*` : '';
  return `## ${code}\n\n> ${text.replaceAll('<', '&lt;')}\n\n${help}${leaves}\n`;
}
