/** How the demo tells what happens. */
import type { Writable } from 'node:stream';

import { escapeControls } from '../../log.ts';
import type { Style, Terminal } from '../terminal.ts';
import { paint } from '../terminal.ts';

export interface Narrator {
  readonly terminal: Terminal;
  /** Text as it is. */
  readonly write: (text: string) => void;
  /** A paragraph of its own, set off by a blank line. */
  say(text: string): void;
  /** `  name     text` */
  fact(name: string, text: string, style?: Style): void;
  /** A command line, as if somebody had typed it. */
  command(line: string): void;
  /** `  0.15 s  what       detail`, counted from `origin` (milliseconds since 1970). */
  step(origin: number, what: string, detail: string, style?: Style): void;
}

export function makeNarrator(stream: Writable, terminal: Terminal): Narrator {
  const write = (text: string): void => void stream.write(text);
  return {
    terminal,
    write,
    say: (text) => write(`\n${text}\n`),
    fact: (name, text, style = 'dim') => write(`  ${paint(terminal, style, name.padEnd(8))} ${text}\n`),
    command: (line) => write(`\n${paint(terminal, 'bold', `$ ${line}`)}\n`),
    step(origin, what, detail, style) {
      const time = `${((Date.now() - origin) / 1_000).toFixed(2)} s`.padStart(8);
      write(`${paint(terminal, 'dim', time)}  ${paint(terminal, style, what.padEnd(10))} ${escapeControls(detail)}\n`);
    },
  };
}
