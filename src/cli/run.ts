/**
 * Runs one command. Clipanion would print usage errors, and whatever a command throws, on standard output with a stack;
 * here they are reported on standard error.
 */
import type { BaseContext, Command, CommandClass } from 'clipanion';
import { Cli } from 'clipanion';

import { version } from '../version.ts';
import { commandNames, commandsFor } from './commands.ts';
import { helpPage } from './help.ts';
import { overview } from './overview.ts';
import { reportOf } from './report.ts';
import { terminalOf } from './terminal.ts';

/** Resolves with the exit code; everything is written to the context's streams. */
export async function runCommandLine(given: readonly string[], context: BaseContext): Promise<number> {
  // `pylon help jobs` is what some type.
  const argv = given[0] === 'help' && given.length === 2 ? [...given.slice(1), '--help'] : given;
  const environment = context.env;
  const terminal = terminalOf(context.stdout, environment);
  const commands = await commandsFor(argv[0]);
  if (asksForOverview(argv)) {
    context.stdout.write(overview(commands, version(), terminal));
    return 0;
  }
  const cli = Cli.from([...commands], { binaryName: 'pylon', enableColors: false });
  let command: Command | undefined;
  try {
    command = cli.process([...argv], context);
    const wanted = helpWantedOn(command, commands, argv);
    if (wanted !== undefined) {
      const definition = cli.definitions()[commands.indexOf(wanted)];
      if (definition !== undefined) context.stdout.write(helpPage(definition, terminal));
      return 0;
    }
    return (await command.validateAndExecute()) ?? 0;
  } catch (thrown) {
    const report = reportOf(
      thrown,
      { argv, known: commandNames, path: command?.path.join(' ') },
      {
        json: argv.includes('--json'),
        terminal: terminalOf(context.stderr, environment),
        stack: environment['PYLON_DEBUG'] === '1',
      },
    );
    context.stderr.write(report.text);
    return report.exit;
  }
}

function asksForOverview(argv: readonly string[]): boolean {
  return argv.length === 0 || (argv.length === 1 && ['--help', '-h', 'help'].includes(argv[0] ?? ''));
}

/** The command whose help is asked for; clipanion answers `--help` with a command of its own. All of ours have a usage. */
function helpWantedOn(
  command: Command,
  commands: readonly CommandClass[],
  argv: readonly string[],
): CommandClass | undefined {
  if (commands.some((known) => command instanceof known)) return undefined;
  return commands.find(({ paths }) => paths?.some((path) => path.every((word, at) => argv[at] === word)));
}
