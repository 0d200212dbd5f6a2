/** `pylon stop` */
import { Command } from 'clipanion';

import { controlClient } from '../control/client.ts';
import { PylonCommand } from './command.ts';
import { untilGone } from './daemon-process.ts';

export class StopCommand extends PylonCommand {
  static override paths = [['stop']];
  static override usage = Command.Usage({
    description: 'Stop the running daemon.',
    details: `
      Does what Ctrl+C does where the daemon runs, and returns once its process has ended. Running agents go on or are
      stopped as \`docker.on_stop\` in config.yaml says.
    `,
    examples: [['Stop the daemon of the usual home', '$0 stop']],
  });

  override async execute(): Promise<number> {
    const home = this.homePath();
    const client = controlClient(home);
    const before = await client.status();
    await client.stop();
    await untilGone(home, before);
    this.print(`Stopped the daemon of ${home} (process ${before.pid}).\n`);
    return 0;
  }
}
