/** What the reading commands read from: the running daemon, or the home's files where none runs. */
import { sleep, systemClock } from '../clock.ts';
import type { JobsQuery } from '../control/client.ts';
import { controlClient } from '../control/client.ts';
import type { PylonListing } from '../control/daemon-view.ts';
import type { ErrorCode } from '../errors.ts';
import { PylonError } from '../errors.ts';
import type { JobDetail, JobListing } from '../protocol/job.ts';

export interface History {
  pylons(): Promise<readonly PylonListing[]>;
  /** Newest first. */
  jobs(query: JobsQuery): Promise<readonly JobListing[]>;
  job(prefix: string): Promise<JobDetail>;
  /** The agent's output so far; with `follow`, where a daemon runs, until the job has ended. */
  log(prefix: string, follow: boolean): Promise<AsyncIterable<Buffer>>;
}

/** A daemon that starts, or another command that reads, is out of the way or can be asked within this; ms. */
const patience = 2_000;
const pause = 50;

/** What `read` makes of the home's history, and whether a daemon told it. */
export async function readHistory<Found>(
  home: string,
  environment: NodeJS.ProcessEnv,
  read: (history: History) => Promise<Found>,
): Promise<{ readonly found: Found; readonly live: boolean }> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return { found: await read(controlClient(home)), live: true };
    } catch (error) {
      if (!isError(error, 'PYLON_NOT_RUNNING')) throw error;
    }
    const { offlineHistory } = await import('./offline-history.ts');
    try {
      return { found: await read(offlineHistory(home, environment)), live: false };
    } catch (error) {
      if (!isError(error, 'PYLON_DATABASE_LOCKED') || Date.now() > deadline) throw error;
    }
    await sleep(systemClock, pause);
  }
}

function isError(error: unknown, code: ErrorCode): boolean {
  return error instanceof PylonError && error.code === code;
}
