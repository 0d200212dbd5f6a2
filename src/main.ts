#!/usr/bin/env node
/** The command line: `pylon <command>`. */
import { Cli } from 'clipanion';

import { runCommandLine } from './cli/run.ts';
import { asPylonError, reasonOf } from './errors.ts';

// Homes hold secrets and payloads: whatever is made is for this user alone.
process.umask(0o077);

const argv = process.argv.slice(2);
const isDaemon = argv[0] === 'start';
const isDemo = argv[0] === 'demo';

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A daemon goes on when its terminal is closed or the disk with its log is full: others rely on it.
    // The demo has things to remove, and stops by itself.
    if (isDaemon || isDemo) return;
    // Nobody reads on (`pylon jobs | head`): there is nothing left to do.
    if (error.code === 'EPIPE') process.exit(0);
    if (stream === process.stdout) process.stderr.write(`The output cannot be written: ${reasonOf(error)}\n`);
    process.exit(1);
  });
}

process.on('uncaughtException', (thrown) => {
  const stack = isDaemon || process.env['PYLON_DEBUG'] === '1' ? `${thrown.stack ?? ''}\n` : '';
  process.stderr.write(`${asPylonError(thrown).message}\n${stack}`);
  process.exit(1);
});

process.exitCode = await runCommandLine(argv, Cli.defaultContext);
