/** `pylon version` */
import { Command } from 'clipanion';

import { version } from '../version.ts';
import { ShowingCommand } from './command.ts';

export class VersionCommand extends ShowingCommand {
  static override paths = [['version'], ['--version']];
  static override usage = Command.Usage({
    description: 'Print the release of this program.',
    examples: [
      ['The release', '$0 version'],
      ['With that of Node, for a report', '$0 version --json'],
    ],
  });

  override async execute(): Promise<number> {
    const found = { version: version(), node: process.versions.node, platform: `${process.platform} ${process.arch}` };
    this.show(found, () => `pylon ${found.version}\n`);
    return 0;
  }
}
