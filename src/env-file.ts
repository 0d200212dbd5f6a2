/**
 * `.env` files: `KEY=VALUE` a line, `#` comments, values in quotes where they need them.
 * Leaf: needs only the reading of regular files.
 */
import { parseEnv } from 'node:util';

import { readRegularFile } from './regular-file.ts';

export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  /** Lines that are no `KEY=VALUE`; they set nothing. Never says what they hold. */
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

/**
 * Reads a `.env` file; one that does not exist sets nothing.
 *
 * @throws UnusableFile
 */
export function readEnvFile(path: string): EnvFile {
  const text = readRegularFile(path);
  return text === undefined ? { values: {}, faults: [] } : parseEnvText(text);
}

const keyForm = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;

/** Reads each entry by itself: one faulty line must not swallow or hide those after it. */
export function parseEnvText(text: string): EnvFile {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const values = new Map<string, string>();
  const faults: { line: number; message: string }[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const [, key, value = ''] = keyForm.exec(line) ?? [];
    const length = key === undefined ? 1 : entryLength(lines, at, value);
    if (key === undefined && !/^\s*(#.*)?$/.test(line)) faults.push({ line: at + 1, message: 'expected KEY=VALUE' });
    if (key !== undefined && length === undefined)
      faults.push({ line: at + 1, message: `the quote that begins the value of ${key} is never closed` });
    if (key !== undefined && length !== undefined) {
      values.set(key, parseEnv(lines.slice(at, at + length).join('\n'))[key] ?? '');
    }
    at += length ?? 1;
  }
  return { values: Object.fromEntries(values), faults };
}

/** How many lines the entry at `at` takes: more than one where a quoted value holds line ends; undefined: never closed. */
function entryLength(lines: readonly string[], at: number, value: string): number | undefined {
  const quote = value[0];
  if (quote !== '"' && quote !== "'" && quote !== '`') return 1;
  if (value.indexOf(quote, 1) !== -1) return 1;
  const rest = lines.slice(at + 1).findIndex((line) => line.includes(quote));
  return rest === -1 ? undefined : rest + 2;
}
