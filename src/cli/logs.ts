/** `pylon logs <job> [-f]` */
import { once } from 'node:events';

import { Command, Option } from 'clipanion';

import { escapeControlsInBlock } from '../log.ts';
import { isEnded, shortId } from '../protocol/job.ts';
import { PylonCommand } from './command.ts';
import { readHistory } from './history.ts';

export class LogsCommand extends PylonCommand {
  static override paths = [['logs']];
  static override usage = Command.Usage({
    description: 'Print what a job’s agent has printed.',
    details: `
      Control characters are shown escaped. Works without a running daemon too; following needs one.
    `,
    examples: [
      ['The output so far', '$0 logs 3f2a1b9c'],
      ['Follow it until the job has ended', '$0 logs 3f2a1b9c -f'],
    ],
  });

  job = Option.String({ name: 'job', required: true });
  follow = Option.Boolean('-f,--follow', false, { description: 'Go on printing until the job has ended.' });

  override async execute(): Promise<number> {
    const home = this.homePath();
    const { live } = await readHistory(home, this.environment, async (history) =>
      this.copy(await history.log(this.job, this.follow)),
    );
    if (this.follow && !live) await this.sayWhereItStands(home);
    return 0;
  }

  private async copy(chunks: AsyncIterable<Buffer>): Promise<void> {
    const decoder = new TextDecoder();
    let held = '';
    for await (const chunk of chunks) {
      const text = (held + decoder.decode(chunk, { stream: true })).replaceAll('\r\n', '\n');
      // A carriage return at the end may be the first half of a line's end.
      held = text.endsWith('\r') ? '\r' : '';
      await this.write(escapeControlsInBlock(held === '' ? text : text.slice(0, -1)));
    }
    await this.write(escapeControlsInBlock(held + decoder.decode()));
  }

  private async write(text: string): Promise<void> {
    if (!this.context.stdout.write(text)) await once(this.context.stdout, 'drain');
  }

  private async sayWhereItStands(home: string): Promise<void> {
    const { found: job } = await readHistory(home, this.environment, (history) => history.job(this.job));
    if (isEnded(job.status)) return;
    this.context.stderr.write(
      `Job ${shortId(job.id)} is ${job.status}, but no daemon is running to go on with it: \`pylon start\` does.\n`,
    );
  }
}
