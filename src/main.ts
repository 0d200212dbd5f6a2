#!/usr/bin/env node
/** The command line: `pylon <command>`. */
import { Cli } from 'clipanion';

import { runCommandLine } from './cli/run.ts';

// Homes hold secrets and payloads: whatever is made is for this user alone.
process.umask(0o077);

const argv = process.argv.slice(2);

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    // Nobody reads on (`pylon jobs | head`): there is nothing left to do, except for the daemon, which others rely on.
    if (argv[0] !== 'start') process.exit(0);
  });
}

process.exitCode = await runCommandLine(argv, Cli.defaultContext);
