/** How a command that fails says so. */
import type { ErrorCode } from '../errors.ts';
import { asPylonError, fail } from '../errors.ts';
import { escapeControlsInBlock } from '../log.ts';
import type { Terminal } from './terminal.ts';
import { paint } from './terminal.ts';

export interface Report {
  readonly code: ErrorCode;
  readonly exit: number;
  /** For standard error, ending in a newline. */
  readonly text: string;
}

/** `known` are the commands' names; `path` is the command that was called, where there is one. */
export function reportOf(
  thrown: unknown,
  called: { readonly argv: readonly string[]; readonly known: readonly string[]; readonly path: string | undefined },
  as: { readonly json: boolean; readonly terminal: Terminal; readonly stack: boolean },
): Report {
  const usage = usageFault(thrown, called);
  const error = usage === undefined ? asPylonError(thrown) : fail('PYLON_USAGE', { reason: usage });
  const { code, message, exit } = error;
  if (as.json) return { code, exit, text: `${JSON.stringify({ error: { code, message } })}\n` };
  const stack = as.stack && thrown instanceof Error ? `${thrown.stack ?? ''}\n` : '';
  return { code, exit, text: `${paint(as.terminal, 'red', escapeControlsInBlock(message))}\n${stack}` };
}

/** What is wrong with the arguments, or undefined where `thrown` is about something else. */
function usageFault(thrown: unknown, { argv, known, path }: Parameters<typeof reportOf>[1]): string | undefined {
  if (!(thrown instanceof Error) || !('clipanion' in thrown)) return undefined;
  const [word = ''] = argv;
  const command = path ?? known.find((name) => name === word);
  if (command === undefined && !word.startsWith('-')) {
    const near = known.find((name) => isNear(name, word));
    const hint = near === undefined ? '' : ` Did you mean \`pylon ${near}\`?`;
    return `There is no command "${word}".${hint} \`pylon --help\` lists the commands.`;
  }
  const [first = ''] = thrown.message.split('\n');
  const help = command === undefined ? 'pylon --help' : `pylon ${command} --help`;
  // What clipanion says of an argument too many is about its own search for a command.
  const fault = first.startsWith('Command not found')
    ? `There are more arguments than \`pylon ${command ?? ''}\` takes`
    : first;
  return `${sentence(fault)} \`${help}\` shows what is expected.`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** One letter too many, too few, wrong, or two swapped; or a beginning. */
function isNear(name: string, word: string): boolean {
  if (word.length >= 2 && name.startsWith(word)) return true;
  if (Math.abs(name.length - word.length) > 1) return false;
  let start = 0;
  while (start < name.length && name[start] === word[start]) start += 1;
  const rest = (text: string, skip: number): string => text.slice(start + skip);
  const swapped = rest(name, 2) === rest(word, 2) && name[start] === word[start + 1] && name[start + 1] === word[start];
  return (
    swapped ||
    [
      [1, 1],
      [1, 0],
      [0, 1],
    ].some(([a = 0, b = 0]) => rest(name, a) === rest(word, b))
  );
}
