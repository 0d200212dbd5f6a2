/** `pylon jobs [name]` */
import { Command, Option, UsageError } from 'clipanion';

import type { JobListing, JobStatus } from '../protocol/job.ts';
import { jobStatuses } from '../protocol/job.ts';
import { ShowingCommand } from './command.ts';
import { readHistory } from './history.ts';
import { jobTable } from './job-table.ts';

export class JobsCommand extends ShowingCommand {
  static override paths = [['jobs']];
  static override usage = Command.Usage({
    description: 'List jobs, newest first.',
    details: 'Works without a running daemon too.',
    examples: [
      ['The newest jobs of all pylons', '$0 jobs'],
      ['The last five failures of one', '$0 jobs my-sentry --status failed --limit 5'],
      ['For programs', '$0 jobs --json'],
    ],
  });

  name = Option.String({ name: 'name', required: false });
  limit = Option.String('--limit', '20', { description: 'How many at most, up to 10000; 20 where not given.' });
  status = Option.String('--status', { description: `Only those in this status: ${jobStatuses.join(', ')}.` });

  override async execute(): Promise<number> {
    const home = this.homePath();
    const query = { pylon: this.name ?? null, status: statusFrom(this.status), limit: limitFrom(this.limit) };
    const { found } = await readHistory(home, this.environment, (history) => history.jobs(query));
    this.show(found, () => this.tableOf(found));
    return 0;
  }

  private tableOf(jobs: readonly JobListing[]): string {
    if (jobs.length > 0) return jobTable(jobs, this.terminal, Date.now());
    const which = [this.status, this.name === undefined ? undefined : `of ${this.name}`].filter(
      (part) => part !== undefined,
    );
    return `No jobs${which.length === 0 ? ' yet' : ` ${which.join(' ')}`}. \`pylon test <name>\` makes one.\n`;
  }
}

function limitFrom(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 10_000) return limit;
  throw new UsageError(`--limit is "${text}"; expected a number from 1 to 10000.`);
}

function statusFrom(text: string | undefined): JobStatus | null {
  if (text === undefined) return null;
  const status = jobStatuses.find((known) => known === text);
  if (status !== undefined) return status;
  throw new UsageError(`--status is "${text}"; expected one of ${jobStatuses.join(', ')}.`);
}
