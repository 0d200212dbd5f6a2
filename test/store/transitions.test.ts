import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { isEnded, type JobStatus, jobStatuses, transitions } from '../../src/protocol/job.ts';
import { changeStatus } from '../../workers/store/change-status.ts';
import { findJob } from '../../workers/store/find-job.ts';
import { insertJob } from '../../workers/store/insert-job.ts';
import { jobDetail } from '../../workers/store/job-detail.ts';
import type { NewJob } from '../../workers/store/records.ts';
import type { Store } from '../../workers/store/store.ts';
import { newJob, openTestStore } from './open-test-store.ts';

test('every way that is drawn can be gone, and every other is refused and changes nothing', (t) => {
  const store = openTestStore(t);
  for (const from of jobStatuses) {
    for (const to of jobStatuses) {
      for (const newRun of [false, true]) {
        const id = jobIn(store, from);
        const before = jobDetail(store, id);
        const go = (): unknown => changeStatus(store, id, to, 1_000, { newRun, note: 'tried' });
        if (transitions[from].includes(to) && isEnded(from) === newRun) {
          go();
          assert.equal(findJob(store, id)?.status, to);
        } else {
          assert.throws(go, new RegExp(`cannot go from ${from} to ${to}`), `${from} to ${to}`);
          assert.deepEqual(jobDetail(store, id), before);
        }
      }
    }
  }
});

test('a job cannot begin in a status that is not drawn as a beginning', (t) => {
  const store = openTestStore(t);
  for (const status of jobStatuses) {
    const job = newJob({ status: status as NewJob['status'] });
    if (transitions.new.includes(status)) insertJob(store, job);
    else assert.throws(() => insertJob(store, job), new RegExp(`cannot go from new to ${status}`));
  }
});

test('docs/states.md draws exactly the ways that the code allows', () => {
  const page = readFileSync('docs/states.md', 'utf8');
  const drawn = [...page.matchAll(/^ {2}(\[\*\]|\w+) --> (\[\*\]|\w+)/gm)].map(([, from, to]) => `${from} ${to}`);
  const allowed = Object.entries(transitions).flatMap(([from, ways]) =>
    ways.map((to) => `${from === 'new' ? '[*]' : from} ${to}`),
  );
  const ends = jobStatuses.filter(isEnded).map((status) => `${status} [*]`);
  assert.deepEqual(drawn.toSorted(), [...allowed, ...ends].toSorted());
});

/** A job that was led to `status` by the shortest way there is. */
function jobIn(store: Store, status: JobStatus): string {
  const [first, ...ways] = shortestWay(status);
  const job = newJob({ status: first as NewJob['status'] });
  insertJob(store, job);
  for (const to of ways) changeStatus(store, job.id, to, 500);
  return job.id;
}

function shortestWay(target: JobStatus): JobStatus[] {
  const ways: JobStatus[][] = transitions.new.map((status) => [status]);
  for (const way of ways) {
    const last = way.at(-1);
    if (last === target) return way;
    if (last !== undefined && !isEnded(last)) ways.push(...transitions[last].map((next) => [...way, next]));
  }
  throw new Error(`no way leads to ${target}`);
}
