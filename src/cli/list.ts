/** `pylon list` */
import { Command } from 'clipanion';

import { ShowingCommand } from './command.ts';
import { readHistory } from './history.ts';
import { pylonTable } from './pylon-table.ts';

export class ListCommand extends ShowingCommand {
  static override paths = [['list']];
  static override usage = Command.Usage({
    description: 'List the pylons, with state, trigger and jobs.',
    details: 'Works without a running daemon too; the states are then what the files say.',
    examples: [
      ['All pylons', '$0 list'],
      ['The address of each, for programs', "$0 list --json | jq -r '.[].url'"],
    ],
  });

  override async execute(): Promise<number> {
    const home = this.homePath();
    const { found, live } = await readHistory(home, this.environment, (history) => history.pylons());
    this.show(found, () => {
      if (found.length === 0) return `No pylons in ${home}. Each is a directory pylons/<name>/ with a pylon.yaml.\n`;
      const note = live ? '' : '\nNo daemon is running; `pylon start` starts these.\n';
      return `${pylonTable(found, this.terminal, Date.now())}${note}`;
    });
    return 0;
  }
}
