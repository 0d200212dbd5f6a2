/**
 * The daemon's own log: one line a thing, `time level [pylon] message key=value`.
 * Leaf: imports nothing of ours. A worker has no stream of its own; it sends `LogLine`s to the supervisor.
 */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  /** The pylon that speaks, or undefined for the supervisor itself. */
  readonly pylon?: string;
  readonly job?: string;
}

/** What a line is about besides its pylon. */
export interface About {
  readonly job?: string | undefined;
}

export interface Log {
  debug(message: string, about?: About): void;
  info(message: string, about?: About): void;
  warn(message: string, about?: About): void;
  error(message: string, about?: About): void;
}

/** A `Log` that hands each line to `write`; `pylon` is stamped on every line. */
export function makeLog(write: (line: LogLine) => void, pylon?: string): Log {
  const at =
    (level: LogLevel) =>
    (message: string, { job }: About = {}): void =>
      write({ level, message, ...(pylon === undefined ? {} : { pylon }), ...(job === undefined ? {} : { job }) });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** One printable line, ending in a newline; control characters are escaped so that nobody's text can move the cursor. */
export function formatLogLine(line: LogLine, now: Date): string {
  const who =
    line.pylon === undefined ? '' : ` [${line.pylon}${line.job === undefined ? '' : ` ${line.job.slice(0, 8)}`}]`;
  return `${now.toISOString()} ${line.level}${who} ${escapeControls(line.message)}\n`;
}

/** `text` with control characters shown as `\xNN` (newlines and tabs too), for single-line output. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, escaped);
}

/** Like `escapeControls`, but keeps newlines and tabs: for blocks of text such as a result or an agent's log. */
export function escapeControlsInBlock(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, escaped);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
}
