/** What a run came to. */
import { asPylonError, fail } from '../../src/errors.ts';
import { formatDuration } from '../../src/duration.ts';
import type { JobStatus } from '../../src/protocol/job.ts';
import { endReasonOf } from './ending.ts';
import type { EndReason } from './ending.ts';

export interface RunOutcome {
  readonly status: Extract<JobStatus, 'done' | 'failed' | 'timeout' | 'killed'>;
  readonly result: string | null;
  /** One sentence that a user can act on, where not done. */
  readonly error: string | null;
  readonly sessionId: string | null;
  readonly costUsd: number | null;
  readonly exitCode: number | null;
}

const nothing = { result: null, sessionId: null, costUsd: null, exitCode: null } as const;

/** What a run comes to whose work threw `error`. */
export function outcomeOfError(error: unknown): RunOutcome {
  const reason = endReasonOf(error);
  if (reason !== undefined) return outcomeOfEnding(reason);
  return { ...nothing, status: 'failed', error: asPylonError(error).message };
}

/** What a run comes to that was ended for `reason`. */
export function outcomeOfEnding(reason: EndReason): RunOutcome {
  switch (reason.kind) {
    case 'lost':
      return { ...nothing, status: 'failed', error: fail('PYLON_RUN_LOST', {}).message };
    case 'timeout':
      return {
        ...nothing,
        status: 'timeout',
        error: fail('PYLON_RUN_TIMEOUT', { limit: formatDuration(reason.limitMs) }).message,
      };
    case 'killed':
      return { ...nothing, status: 'killed', error: reason.by };
    case 'disk':
      return { ...nothing, status: 'failed', error: fail('PYLON_DISK_LIMIT', { limit: reason.limit }).message };
  }
}
