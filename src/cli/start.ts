/** `pylon start [name…]` */
import { Command, Option } from 'clipanion';

import { PylonCommand } from './command.ts';

export class StartCommand extends PylonCommand {
  static override paths = [['start']];
  static override usage = Command.Usage({
    description: 'Run the daemon in the foreground.',
    details: `
      Serves all pylons of the home, or only those that are named, until Ctrl+C or SIGTERM; a second signal ends it at once.
      Changes below pylons/ take effect while it runs; config.yaml is read at the start.
    `,
    examples: [
      ['Serve all pylons', '$0 start'],
      ['Serve one, to try it out', '$0 start my-sentry'],
      ['Serve another home', '$0 start --home ./trial'],
    ],
  });

  names = Option.Rest({ name: 'name' });

  override async execute(): Promise<number> {
    // Most of the program hangs on it, which no other command needs.
    const { runDaemon } = await import('../daemon.ts');
    return runDaemon({
      home: this.home,
      names: this.names,
      env: this.environment,
      stdout: this.context.stdout,
      stderr: this.context.stderr,
    });
  }
}
