/** What the place that a command writes to can show. */
import { WriteStream } from 'node:tty';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

export interface Terminal {
  /** Columns; Infinity where nothing is known to have a right edge (a pipe, a file). */
  readonly width: number;
  readonly colour: boolean;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export function terminalOf(stream: Writable, environment: NodeJS.ProcessEnv): Terminal {
  const isTerminal = stream instanceof WriteStream && stream.isTTY;
  const asked = Number(environment['COLUMNS']);
  const known = isTerminal ? stream.columns : asked;
  return {
    width: Number.isInteger(known) && known > 0 ? known : Infinity,
    colour: isTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb',
  };
}

/** `text` in `style` where the terminal shows colours. */
export function paint(terminal: Terminal, style: Style | undefined, text: string): string {
  return terminal.colour && style !== undefined ? styleText(style, text) : text;
}
