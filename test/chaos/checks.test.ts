/** Each check finds nothing in a history in which every promise was kept, and something in one that was doctored. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Evidence, FaultRecord, JobRow, SentRequest } from './evidence.ts';
import { fail } from '../../src/errors.ts';
import { reasonOfError } from './checks/error-code.ts';
import { checks, reconcile } from './reconcile.ts';
import { expectedResult } from './settings.ts';

const request: SentRequest = {
  pylon: 'calm',
  delivery: 'event-1',
  ticks: 2,
  from: 1_000,
  to: 1_010,
  status: 202,
  jobId: 'job-1',
  word: 'accepted',
};
const job: JobRow = {
  id: 'job-1',
  status: 'done',
  eventId: 'event-1',
  createdAt: 1_000,
  endedAt: 3_000,
  error: null,
  result: expectedResult(2),
  history: ['pending', 'running', 'done'],
  outbox: [
    { messageId: 'msg-1', event: 'job.started', state: 'delivered', error: null },
    { messageId: 'msg-2', event: 'job.ended', state: 'delivered', error: null },
  ],
};
const engineEvent = { container: 'c1', jobId: 'job-1', run: '1', pylon: 'calm' };
const message = { jobId: 'job-1', event: 'job.started', status: 'running', answered: 200 };

const kept: Evidence = {
  slots: 1,
  onFull: 'queue',
  requests: [request],
  engineEvents: [
    { ...engineEvent, at: 1_500, action: 'create' },
    { ...engineEvent, at: 2_000, action: 'start' },
    { ...engineEvent, at: 2_900, action: 'die' },
    { ...engineEvent, at: 3_100, action: 'destroy' },
  ],
  received: [
    { ...message, messageId: 'msg-1', at: 2_100 },
    { ...message, messageId: 'msg-2', at: 3_100, event: 'job.ended', status: 'done' },
  ],
  databases: [{ pylon: 'calm', inPlace: true, integrity: 'ok', jobs: [job] }],
  faults: [],
  downtimes: [],
  resources: { before: { rssMb: 100, descriptors: 20 }, after: { rssMb: 110, descriptors: 21 } },
  leftovers: [],
  remarks: [],
  unsettled: [],
};

const fault = (changes: Partial<FaultRecord>): FaultRecord => ({
  kind: 'engine',
  what: 'engine',
  pylon: null,
  jobId: null,
  from: 1_000,
  to: 2_000,
  ...changes,
});
const withJobs = (...jobs: readonly JobRow[]): Partial<Evidence> => ({
  databases: [{ pylon: 'calm', inPlace: true, integrity: 'ok', jobs }],
});
const failed = (error: string): JobRow => ({ ...job, status: 'failed', history: ['pending', 'failed'], error });
const silent = fail('PYLON_ENGINE_SILENT', { address: 'x', reason: 'y' }).message;
const at = (index: number): Evidence['engineEvents'] => kept.engineEvents.slice(index, index + 1);

const doctored: readonly (readonly [check: string, what: string, changes: Partial<Evidence>])[] = [
  ['acceptedIsStored', 'a 202 without a row', withJobs()],
  ['acceptedIsStored', 'a 202 with two rows', withJobs(job, job)],
  ['eventsAreOneJob', 'one event that ran twice', withJobs(job, { ...job, id: 'job-2' })],
  ['jobsWereSent', 'a job of an event that nobody sent', withJobs(job, { ...job, id: 'job-2', eventId: 'event-2' })],
  ['answersAreDocumented', 'an error 500', { requests: [{ ...request, status: 500, word: 'PYLON_INTERNAL' }] }],
  ['answersAreDocumented', 'no answer of a healthy daemon', { requests: [{ ...request, status: null }] }],
  ['answersAreDocumented', 'a healthy pylon that restarts', refusal('PYLON_RESTARTING', { pylon: 'frail' })],
  ['answersAreDocumented', 'not stored with a disk that is not full', refusal('PYLON_NOT_STORED', { kind: 'channel' })],
  ['answersAreDocumented', 'a refusal for slots where events queue', refusal('PYLON_SLOTS_FULL', {})],
  ['failuresAreExplained', 'a failure without a fault', withJobs(failed(silent))],
  [
    'failuresAreExplained',
    'a failure by another fault',
    { ...withJobs(failed(silent)), faults: [fault({ kind: 'channel' })] },
  ],
  [
    'failuresAreExplained',
    'one in another pylon',
    { ...withJobs(failed(silent)), faults: [fault({ pylon: 'frail' })] },
  ],
  [
    'failuresAreExplained',
    'one long after',
    { ...withJobs({ ...failed(silent), createdAt: 1e6 }), faults: [fault({})] },
  ],
  ['failuresAreExplained', 'a fault of ours', { ...withJobs(failed(internal())), faults: [fault({})] }],
  ['runsStartedOnce', 'a second start', { engineEvents: [...kept.engineEvents, ...at(1)] }],
  ['runsStartedOnce', 'a done job that never ran', { engineEvents: at(0) }],
  [
    'slotsWereKept',
    'a container too many',
    { engineEvents: [...at(1), { ...engineEvent, container: 'c2', at: 2_500, action: 'start' }] },
  ],
  ['statesFollowTheDrawing', 'a step that is not drawn', withJobs({ ...job, history: ['queued', 'running', 'done'] })],
  ['statesFollowTheDrawing', 'a status beside its history', withJobs({ ...job, history: ['pending', 'running'] })],
  ['jobsEnded', 'a job that never ended', withJobs({ ...job, status: 'running', history: ['pending', 'running'] })],
  [
    'databasesAreSound',
    'a damaged page',
    { databases: [{ pylon: 'calm', inPlace: true, integrity: 'row 3 missing', jobs: [job] }] },
  ],
  ['resultsAreWhole', 'a gap in the output', withJobs({ ...job, result: expectedResult(2).replace('line 1\n', '') })],
  [
    'resultsAreWhole',
    'a repeat in the output',
    withJobs({ ...job, result: expectedResult(2).replace('line 1', 'line 0\nline 1') }),
  ],
  ['resultsWereDelivered', 'an end that nobody is told', withJobs({ ...job, outbox: job.outbox.slice(0, 1) })],
  ['resultsWereDelivered', 'a delivery that nobody got', { received: kept.received.slice(0, 1) }],
  [
    'resultsWereDelivered',
    'a delivery that was given up',
    withJobs({ ...job, outbox: job.outbox.map((each) => ({ ...each, state: 'given_up' as const })) }),
  ],
  [
    'messagesCameInOrder',
    'the end before the start',
    { received: kept.received.map((each) => ({ ...each, at: 10_000 - each.at })) },
  ],
  [
    'messagesCameInOrder',
    'the end after a start that was not taken',
    { received: kept.received.map((each) => ({ ...each, answered: 502 })) },
  ],
  ['everythingSettled', 'a job that waits', { unsettled: ['job-1 is running'] }],
  ['everythingSettled', 'a remark', { remarks: ['sqlite3 was not refused'] }],
  ['nothingIsLeft', 'a container', { leftovers: ['the container c1'] }],
  ['resourcesCameBack', 'a leak of descriptors', grown({ descriptors: 60 })],
  ['resourcesCameBack', 'a leak of memory', grown({ rssMb: 400 })],
];

describe('the reconciliation of a chaos run', () => {
  test('finds nothing where every promise was kept', () => {
    assert.deepEqual(reconcile(kept), []);
  });

  test('takes a documented failure that a fault explains', () => {
    const explained = { ...kept, ...withJobs(failed(silent)), faults: [fault({})] };
    assert.deepEqual(reconcile(explained), []);
  });

  for (const [check, what, changes] of doctored) {
    test(`${check} finds ${what}`, () => {
      assert.notDeepEqual(checks[check]?.({ ...kept, ...changes }), []);
    });
  }

  test('has a doctored history for each of its checks', () => {
    assert.deepEqual([...new Set(doctored.map(([check]) => check))].toSorted(), Object.keys(checks).toSorted());
  });
});

test('an error’s sentence is traced back to its code', () => {
  assert.equal(reasonOfError(silent), 'PYLON_ENGINE_SILENT');
  assert.equal(reasonOfError(fail('PYLON_MAY_HAVE_RUN', { id: '1a2b' }).message), 'PYLON_MAY_HAVE_RUN');
  assert.equal(reasonOfError('The command exited with code 137: line 3'), 'exit');
  assert.equal(reasonOfError('The command exited with code 1: no'), undefined);
});

function refusal(word: string, changes: Partial<FaultRecord>): Partial<Evidence> {
  return { requests: [{ ...request, status: 503, word }], faults: [fault({ kind: 'worker-crash', ...changes })] };
}

function internal(): string {
  return fail('PYLON_INTERNAL', { reason: 'oops' }).message;
}

function grown(after: { readonly rssMb?: number; readonly descriptors?: number }): Partial<Evidence> {
  const before = { rssMb: 100, descriptors: 20 };
  return { resources: { before, after: { ...before, ...after } } };
}
