/** The daemon's own output: the banner and results on one stream, log lines on the other. */
import type { Writable } from 'node:stream';

import { formatLogLine, makeLog } from '../log.ts';
import type { Log, LogLine } from '../log.ts';

export interface DaemonOutput {
  readonly log: Log;
  readonly logFor: (pylon: string) => Log;
  /** Writes a block to standard output; resolves when the system has taken it, or nobody can read it any more. */
  readonly print: (text: string) => Promise<void>;
}

/** How many lines of one pylon are written in a second; the rest is counted. One that floods its log delays nobody. */
const linesASecond = 100;

export function daemonOutput(stdout: Writable, stderr: Writable): DaemonOutput {
  const write = (line: LogLine): void => void stderr.write(formatLogLine(line, new Date()));
  const logs = new Map<string, Log>();
  return {
    log: makeLog(write),
    logFor(pylon) {
      const log = logs.get(pylon) ?? makeLog(limited(write), pylon);
      logs.set(pylon, log);
      return log;
    },
    print: (text) =>
      new Promise((resolve) => {
        stdout.write(text, () => resolve());
      }),
  };
}

function limited(write: (line: LogLine) => void): (line: LogLine) => void {
  let second = 0;
  let written = 0;
  return (line) => {
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) {
      const left = written - linesASecond;
      if (left > 0)
        write({ ...line, level: 'warn', message: `${left} more lines of this pylon in one second were left out` });
      second = now;
      written = 0;
    }
    written += 1;
    if (written <= linesASecond) write(line);
  };
}
