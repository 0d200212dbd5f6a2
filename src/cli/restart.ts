/** `pylon restart` */
import { Command } from 'clipanion';

import { controlClient } from '../control/client.ts';
import { PylonCommand } from './command.ts';
import { untilReplaced } from './daemon-process.ts';

export class RestartCommand extends PylonCommand {
  static override paths = [['restart']];
  static override usage = Command.Usage({
    description: 'Stop the running daemon and start it again.',
    details: `
      Needed after a change to config.yaml and after an upgrade; changes below pylons/ take effect by themselves. The
      daemon stays where it runs (the same terminal or service), with the names it was started with.
    `,
    examples: [['After a change to config.yaml', '$0 restart']],
  });

  override async execute(): Promise<number> {
    const home = this.homePath();
    const client = controlClient(home);
    const before = await client.status();
    await client.restart();
    const now = await untilReplaced(home, before);
    const where = now.address === null ? 'is starting' : `listens on ${now.address.host}:${now.address.port}`;
    this.print(`Restarted the daemon of ${home}: it ${where} (process ${now.pid}).\n`);
    return 0;
  }
}
