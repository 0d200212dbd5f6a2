import { type JobStatus, jobStatuses, type JobTrigger } from '../../src/protocol/job.ts';
import { type Row, text } from './row.ts';

/** A status column; one that holds anything else was written by nobody we know. */
export function asStatus(row: Row, column: string): JobStatus {
  const value = text(row, column);
  const status = jobStatuses.find((known) => known === value);
  if (status === undefined) throw new TypeError(`column ${column} holds "${value}", which is no status`);
  return status;
}

export function asTrigger(row: Row, column: string): JobTrigger {
  const value = text(row, column);
  if (value === 'webhook' || value === 'cron' || value === 'retry') return value;
  throw new TypeError(`column ${column} holds "${value}", which is no trigger`);
}
