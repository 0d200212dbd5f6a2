/** Jobs moved only along the drawn state machine, and came to an end. */
import { isEnded, transitions } from '../../../src/protocol/job.ts';
import type { JobStatus } from '../../../src/protocol/job.ts';
import type { Evidence } from '../evidence.ts';

export function statesFollowTheDrawing({ databases }: Evidence): readonly string[] {
  return databases.flatMap(({ pylon, jobs }) =>
    jobs.flatMap(({ id, status, history }) => {
      let from: JobStatus | 'new' = 'new';
      const wrong: string[] = [];
      for (const to of history) {
        if (!transitions[from].includes(to)) wrong.push(`job ${id} of ${pylon} went from ${from} to ${to}`);
        from = to;
      }
      if (from !== status) wrong.push(`job ${id} of ${pylon} is ${status}, and its history ends with ${from}`);
      return wrong;
    }),
  );
}

/** Nobody works any more on the jobs of a directory that was moved away. */
export function jobsEnded({ databases }: Evidence): readonly string[] {
  return databases
    .filter(({ inPlace }) => inPlace)
    .flatMap(({ pylon, jobs }) =>
      jobs.filter(({ status }) => !isEnded(status)).map(({ id, status }) => `job ${id} of ${pylon} is still ${status}`),
    );
}

export function databasesAreSound({ databases }: Evidence): readonly string[] {
  return databases
    .filter(({ integrity }) => integrity !== 'ok')
    .map(({ pylon, integrity }) => `the database of ${pylon}: ${integrity}`);
}
