import type { DeliveryDetail, JobDetail, RunDetail, TimelineEntry } from '../../src/protocol/job.ts';
import { readPayload } from './find-job.ts';
import { asStatus } from './job-status.ts';
import { jobListing } from './list-jobs.ts';
import { locateJob } from './locate-job.ts';
import { moment, momentOrNull, number, numberOrNull, type Row, text, textOrNull } from './row.ts';
import type { Store } from './store.ts';

/** Everything that is shown of one job. */
export function jobDetail(store: Store, id: string): JobDetail | undefined {
  const listing = jobListing(store, id);
  if (listing === undefined) return undefined;
  const { seq } = locateJob(store, id);
  return {
    ...listing,
    runs: store.all(selectRuns, [seq]).map(toRun),
    timeline: store.all('SELECT at, run, status, note FROM history WHERE job = ? ORDER BY seq', [seq]).map(toEntry),
    deliveries: store.all(selectDeliveries, [seq]).map(toDelivery),
    payload: readPayload(store, seq),
  };
}

const selectRuns = `
  SELECT runs.*, prompt, result
  FROM runs
  LEFT JOIN run_texts ON run_texts.job = runs.job AND run_texts.run = runs.run
  WHERE runs.job = ? ORDER BY runs.run`;

const selectDeliveries = 'SELECT run, event, state, attempts, next_at, error FROM outbox WHERE job = ? ORDER BY id';

function toRun(row: Row): RunDetail {
  return {
    run: number(row, 'run'),
    status: asStatus(row, 'status'),
    started_at: momentOrNull(row, 'started_at'),
    ended_at: momentOrNull(row, 'ended_at'),
    repo: textOrNull(row, 'repo'),
    ref: textOrNull(row, 'ref'),
    commit: textOrNull(row, 'commit_id'),
    prompt: textOrNull(row, 'prompt'),
    result: textOrNull(row, 'result'),
    exit_code: numberOrNull(row, 'exit_code'),
    cost_usd: numberOrNull(row, 'cost_usd'),
    error: textOrNull(row, 'error'),
  };
}

function toEntry(row: Row): TimelineEntry {
  return {
    at: moment(row, 'at'),
    run: number(row, 'run'),
    status: row['status'] === null ? null : asStatus(row, 'status'),
    note: textOrNull(row, 'note'),
  };
}

function toDelivery(row: Row): DeliveryDetail {
  const state = asState(text(row, 'state'));
  return {
    run: number(row, 'run'),
    event: text(row, 'event'),
    state,
    attempts: number(row, 'attempts'),
    next_at: state === 'waiting' ? moment(row, 'next_at') : null,
    error: textOrNull(row, 'error'),
  };
}

function asState(value: string): DeliveryDetail['state'] {
  if (value === 'waiting' || value === 'delivered' || value === 'given_up') return value;
  throw new TypeError(`"${value}" is no state of a delivery`);
}
