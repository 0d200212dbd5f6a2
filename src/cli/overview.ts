/** What `pylon` alone prints. */
import type { CommandClass } from 'clipanion';

import type { Terminal } from './terminal.ts';
import { paint } from './terminal.ts';
import { cutTo } from './text-width.ts';

/** One line a command, ending in a newline. */
export function overview(commands: readonly CommandClass[], version: string, terminal: Terminal): string {
  const rows = commands.map(({ paths, usage }) => [paths?.[0]?.join(' ') ?? '', usage?.description ?? ''] as const);
  const widest = rows.reduce((most, [name]) => Math.max(most, name.length), 0);
  return [
    `${paint(terminal, 'bold', 'pylon')} ${version}: turns events into sandboxed AI-agent runs\n\n`,
    ...rows.map(([name, description]) => {
      const text = cutTo(description, terminal.width - widest - 4);
      return `  ${paint(terminal, 'bold', name.padEnd(widest))}  ${text}\n`;
    }),
    `\n\`pylon <command> --help\` explains one, with examples.\n`,
  ].join('');
}
