/** `pylon show <job>` */
import { Command, Option } from 'clipanion';

import { ShowingCommand } from './command.ts';
import { readHistory } from './history.ts';
import { jobPage } from './job-page.ts';

export class ShowCommand extends ShowingCommand {
  static override paths = [['show']];
  static override usage = Command.Usage({
    description: 'Show one job: its runs, result, timeline and deliveries.',
    details: 'Takes any unambiguous beginning of the id. Works without a running daemon too.',
    examples: [
      ['One job', '$0 show 3f2a1b9c'],
      ['Its stored payload', '$0 show 3f2a1b9c --json | jq -r .payload'],
    ],
  });

  job = Option.String({ name: 'job', required: true });

  override async execute(): Promise<number> {
    const { found } = await readHistory(this.homePath(), this.environment, (history) => history.job(this.job));
    this.show(found, () => jobPage(found, this.terminal, Date.now()));
    return 0;
  }
}
