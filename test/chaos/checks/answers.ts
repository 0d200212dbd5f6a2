/** Every request was answered as documented, and refused or unanswered only where a fault was in its way. */
import type { Evidence, SentRequest, Span } from '../evidence.ts';
import type { FaultKind } from '../plan.ts';

/** How long a fault's effect on answers may outlast it: restarting takes up to 30 s after several deaths in a row. */
const lingersMs = 35_000;
/** For what ends when it ends. */
const momentMs = 1_500;

export function answersAreDocumented(evidence: Evidence): readonly string[] {
  return evidence.requests
    .filter((request) => !isAllowed(evidence, request))
    .map(
      ({ pylon, status, word, from, to }) =>
        `${pylon} answered ${status ?? 'nothing'} ${word} to a request at ${new Date(from).toISOString()} ` +
        `after ${to - from} ms, where no fault was in its way`,
    );
}

function isAllowed(evidence: Evidence, request: SentRequest): boolean {
  const { status, word } = request;
  if (status === 202) return word === 'accepted' || word === 'queued';
  if (status === 200) return word === 'duplicate';
  const hit = (kind: FaultKind, lingers: number): boolean =>
    evidence.faults.some(
      (fault) =>
        fault.kind === kind && (fault.pylon === null || fault.pylon === request.pylon) && meet(fault, request, lingers),
    );
  const wasDown = evidence.downtimes.some((span) => meet(span, request, momentMs));
  if (status === null) return wasDown;
  switch (word) {
    case 'PYLON_SLOTS_FULL':
      return evidence.onFull === 'reject';
    case 'PYLON_RESTARTING':
      return wasDown || hit('worker-crash', lingersMs) || hit('directory', lingersMs);
    case 'PYLON_NOT_STORED':
      return hit('disk-full', momentMs);
    case 'PYLON_NOT_FOUND':
      return hit('directory', lingersMs);
    default:
      return false;
  }
}

function meet(one: Span, other: Span, lingers: number): boolean {
  return one.from - momentMs <= other.to && other.from <= one.to + lingers;
}
