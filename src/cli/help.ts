/** What `pylon <command> --help` prints. */
import type { Definition } from 'clipanion';

import type { Terminal } from './terminal.ts';
import { paint } from './terminal.ts';
import { textWidth } from './text-width.ts';

/** The page of one command, ending in a newline, its prose no wider than the terminal. */
export function helpPage(definition: Definition, terminal: Terminal): string {
  const width = Math.min(terminal.width, 100);
  const heading = (text: string): string => `\n${paint(terminal, 'bold', text)}\n`;
  const { description = '', details, examples = [], options } = definition;
  // Clipanion calls every option's value `#0`.
  const named = options.map((option) => ({ ...option, definition: option.definition.replaceAll(/ #\d+/g, ' VALUE') }));
  const widest = named.reduce((most, option) => Math.max(most, option.definition.length), 0);
  return [
    wrap(description, width, 0),
    heading('Usage'),
    `  ${definition.usage}${options.length > 0 ? ' [options]' : ''}\n`,
    heading('Options'),
    ...named.map((option) => {
      const text = wrap(option.description ?? '', width, widest + 4).trimStart();
      return `  ${option.definition.padEnd(widest)}  ${text}`;
    }),
    ...(details === undefined ? [] : [heading('Details'), wrap(details, width, 2)]),
    heading('Examples'),
    ...examples.map(([what, line]) => `  ${paint(terminal, 'dim', `# ${what.trim()}`)}\n  ${line}\n`),
  ].join('');
}

/** `text` as one paragraph, each line indented by `indent` columns, ending in a newline. */
function wrap(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && indent + textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => `${' '.repeat(indent)}${each}\n`).join('');
}
