/** `pylon kill <job>` */
import { Command, Option } from 'clipanion';

import { controlClient } from '../control/client.ts';
import { shortId } from '../protocol/job.ts';
import { ShowingCommand } from './command.ts';

export class KillCommand extends ShowingCommand {
  static override paths = [['kill']];
  static override usage = Command.Usage({
    description: 'End a job that runs or waits.',
    examples: [['Stop one', '$0 kill 3f2a1b9c']],
  });

  job = Option.String({ name: 'job', required: true });

  override async execute(): Promise<number> {
    const job = await controlClient(this.homePath()).kill(this.job);
    this.show(
      job,
      () => `Job ${shortId(job.id)} of ${job.pylon} is ${job.status === 'killed' ? 'killed' : 'being stopped'}.\n`,
    );
    return 0;
  }
}
