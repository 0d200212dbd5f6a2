/** The history of a home that no daemon serves, read from its files. Databases are opened one after another, briefly. */
import { join } from 'node:path';

import { jobDetail } from '../../workers/store/job-detail.ts';
import { jobIdsWithPrefix } from '../../workers/store/job-ids-with-prefix.ts';
import { listJobs } from '../../workers/store/list-jobs.ts';
import { withOfflineStore } from '../../workers/store/offline-store.ts';
import { systemClock } from '../clock.ts';
import type { HomePaths } from '../config/home.ts';
import { homePaths, pylonFilePaths } from '../config/home.ts';
import { listPylonNames } from '../config/pylon-names.ts';
import type { JobsQuery } from '../control/client.ts';
import { followFile } from '../control/follow-file.ts';
import { jobPrefix } from '../control/job-prefix.ts';
import { fail } from '../errors.ts';
import type { JobListing } from '../protocol/job.ts';
import { shortId } from '../protocol/job.ts';
import type { History } from './history.ts';
import { unknownPylon } from './unknown-pylon.ts';

/** All reject with PYLON_DATABASE_LOCKED where a daemon that is only just starting, or another command, is at work. */
export function offlineHistory(home: string, environment: NodeJS.ProcessEnv): History {
  const paths = homePaths(home);
  return {
    async pylons() {
      const { offlinePylons } = await import('./offline-pylons.ts');
      return offlinePylons(paths, environment);
    },
    jobs: async (query) => newest(paths, query),
    async job(prefix) {
      const { pylon, id } = onlyJob(paths, jobPrefix(prefix));
      const job = withOfflineStore(pylonFilePaths(paths, pylon).database, (store) => jobDetail(store, id));
      if (job === undefined) throw fail('PYLON_UNKNOWN_JOB', { id: prefix });
      return job;
    },
    async log(prefix) {
      const { pylon, id } = onlyJob(paths, jobPrefix(prefix));
      const file = join(pylonFilePaths(paths, pylon).jobs, id, 'agent.log');
      return followFile(file, { ended: () => true, clock: systemClock, signal: new AbortController().signal });
    },
  };
}

/** A status is looked for among this many of the newest jobs of each pylon, as the daemon does. */
const mostJobs = 10_000;

function newest(paths: HomePaths, { pylon, status, limit }: JobsQuery): readonly JobListing[] {
  // Those whose pylon.yaml is gone or faulty still have their jobs.
  const { names } = listPylonNames(paths);
  if (pylon !== null && !names.includes(pylon)) throw unknownPylon(paths.home, pylon, names);
  return (pylon === null ? names : [pylon])
    .flatMap((name) =>
      withOfflineStore(pylonFilePaths(paths, name).database, (store) =>
        listJobs(store, status === null ? limit : mostJobs),
      ),
    )
    .filter((job) => status === null || job.status === status)
    .toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at))
    .slice(0, limit);
}

/** As many ids as tell people what they could mean. */
const mostCandidates = 10;

function onlyJob(paths: HomePaths, prefix: string): { readonly pylon: string; readonly id: string } {
  const found = listPylonNames(paths).names.flatMap((pylon) =>
    withOfflineStore(pylonFilePaths(paths, pylon).database, (store) =>
      jobIdsWithPrefix(store, prefix, mostCandidates),
    ).map((id) => ({ pylon, id })),
  );
  const [only] = found;
  if (only === undefined) throw fail('PYLON_UNKNOWN_JOB', { id: prefix });
  if (found.length === 1) return only;
  const shown = found.slice(0, mostCandidates).map(({ id }) => shortId(id));
  const count = found.length >= mostCandidates ? `at least ${mostCandidates}` : found.length;
  throw fail('PYLON_AMBIGUOUS_JOB', { id: prefix, count, candidates: shown.join(', ') });
}
