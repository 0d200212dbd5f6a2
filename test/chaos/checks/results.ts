/** What agents printed is stored whole, and what was stored was delivered: at least once, and in order within a job. */
import { isEnded } from '../../../src/protocol/job.ts';
import type { Evidence, JobRow, ReceivedMessage } from '../evidence.ts';
import { expectedResult } from '../settings.ts';

export function resultsAreWhole({ databases, requests }: Evidence): readonly string[] {
  const ticks = new Map(requests.map(({ delivery, ticks: count }) => [delivery, count]));
  return databases
    .flatMap(({ jobs }) => jobs)
    .filter(({ status }) => status === 'done')
    .filter(({ eventId, result }) => result !== expectedResult(ticks.get(eventId ?? '') ?? -1))
    .map(({ id, result }) => `the result of job ${id} has a gap or a repeat: ${JSON.stringify(result)}`);
}

export function resultsWereDelivered({ databases, received, faults }: Evidence): readonly string[] {
  const taken = new Set(received.filter(({ answered }) => answered === 200).map(({ messageId }) => messageId));
  const refused = faults.some(({ what }) => what.includes('trouble=refuse'));
  return databases
    .filter(({ inPlace }) => inPlace)
    .flatMap(({ jobs }) => jobs)
    .flatMap((job) => [...missing(job), ...undelivered(job, taken, refused)]);
}

/** Whoever ended a job wrote the message about it in the same transaction. */
function missing({ id, status, outbox }: JobRow): readonly string[] {
  if (!isEnded(status) || status === 'rejected') return [];
  return outbox.some(({ event }) => event === 'job.ended') ? [] : [`job ${id} is ${status} and nobody is told`];
}

function undelivered({ id, outbox }: JobRow, taken: ReadonlySet<string>, refused: boolean): readonly string[] {
  return outbox.flatMap(({ messageId, event, state, error }) => {
    const about = `${event} of job ${id} is ${state}`;
    if (state === 'waiting') return [`${about}: ${error}`];
    if (state === 'given_up') return refused && error?.includes('answered 410') === true ? [] : [`${about}: ${error}`];
    return taken.has(messageId) ? [] : [`${about}, but the receiver never took it`];
  });
}

/** A later message of a job came only after every earlier one had been taken, or refused for good. */
export function messagesCameInOrder({ databases, received }: Evidence): readonly string[] {
  const arrivals = new Map<string, ReceivedMessage[]>();
  for (const message of received) {
    arrivals.set(message.messageId, [...(arrivals.get(message.messageId) ?? []), message]);
  }
  const final = ({ answered }: ReceivedMessage): boolean => answered === 200 || answered === 410;
  return databases
    .flatMap(({ jobs }) => jobs)
    .flatMap(({ id, outbox }) =>
      outbox.slice(1).flatMap(({ messageId, event }, index) => {
        const first = arrivals.get(messageId)?.[0];
        const before = arrivals.get(outbox[index]?.messageId ?? '') ?? [];
        if (first === undefined) return [];
        const inOrder = before.some((each) => final(each) && each.at <= first.at);
        const late = before.some(({ at }) => at > first.at);
        return inOrder && !late ? [] : [`${event} of job ${id} did not come after the message ahead of it`];
      }),
    );
}
