/**
 * What every command has: a home, and streams to write to. A command's `execute` loads, delegates and returns an exit
 * code; what it throws is reported by `main.ts` on standard error, as one sentence, or as JSON where `json` is set.
 */
import { Command, Option } from 'clipanion';

import { findHome } from '../config/home.ts';
import type { Terminal } from './terminal.ts';
import { terminalOf } from './terminal.ts';

export abstract class PylonCommand extends Command {
  home = Option.String('--home', { description: 'The Pylon home to work on (else $PYLON_HOME, else ~/.pylon).' });

  /** The home's absolute path; throws PYLON_HOME_FOREIGN or PYLON_HOME_UNUSABLE. */
  protected homePath(): string {
    return findHome({ flag: this.home, env: this.environment });
  }

  protected get environment(): NodeJS.ProcessEnv {
    return this.context.env;
  }

  protected get terminal(): Terminal {
    return terminalOf(this.context.stdout, this.environment);
  }

  protected print(text: string): void {
    this.context.stdout.write(text);
  }
}

/** A command that has something to show, to people or to programs. */
export abstract class ShowingCommand extends PylonCommand {
  json = Option.Boolean('--json', false, { description: 'Print JSON for programs; errors too, on standard error.' });

  /** `value` as JSON under --json, else the text that `forPeople` makes. */
  protected show(value: unknown, forPeople: () => string): void {
    this.print(this.json ? `${JSON.stringify(value, null, 2)}\n` : forPeople());
  }
}
