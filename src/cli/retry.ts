/** `pylon retry <job>` */
import { Command, Option } from 'clipanion';

import { controlClient } from '../control/client.ts';
import { shortId } from '../protocol/job.ts';
import { ShowingCommand } from './command.ts';

export class RetryCommand extends ShowingCommand {
  static override paths = [['retry']];
  static override usage = Command.Usage({
    description: 'Run an ended job’s event again, as a new job.',
    details: 'The new job uses the settings of now, and queues where no slot is free.',
    examples: [['Run one again', '$0 retry 3f2a1b9c']],
  });

  job = Option.String({ name: 'job', required: true });

  override async execute(): Promise<number> {
    const job = await controlClient(this.homePath()).retry(this.job);
    this.show(job, () => {
      const parent = job.parent === null ? '' : ` runs ${shortId(job.parent)} again`;
      return `Job ${shortId(job.id)} of ${job.pylon}${parent} (${job.status}).\n\`pylon logs ${shortId(job.id)} -f\` follows it.\n`;
    });
    return 0;
  }
}
