import type { PylonSettings } from '../../src/protocol/settings.ts';
import { asStatus } from './job-status.ts';
import type { RunRecord } from './records.ts';
import { number, numberOrNull, type Row, text, textOrNull } from './row.ts';
import type { Store } from './store.ts';

/** One run of a job, with all its texts. */
export function findRun(store: Store, jobId: string, run: number): RunRecord | undefined {
  const [row] = store.all(`${selectRuns} WHERE jobs.id = ? AND runs.run = ?`, [jobId, run]);
  return row && toRunRecord(row);
}

const selectRuns = `
  SELECT jobs.id AS job_id, runs.*, settings, topic, message, prompt, result
  FROM jobs
  JOIN runs ON runs.job = jobs.seq
  LEFT JOIN run_texts ON run_texts.job = runs.job AND run_texts.run = runs.run`;

function toRunRecord(row: Row): RunRecord {
  const settings = textOrNull(row, 'settings');
  return {
    jobId: text(row, 'job_id'),
    run: number(row, 'run'),
    status: asStatus(row, 'status'),
    settings: settings === null ? null : (JSON.parse(settings) as PylonSettings),
    repo: textOrNull(row, 'repo'),
    ref: textOrNull(row, 'ref'),
    commit: textOrNull(row, 'commit_id'),
    prompt: textOrNull(row, 'prompt'),
    topic: textOrNull(row, 'topic'),
    message: textOrNull(row, 'message'),
    deadlineAt: numberOrNull(row, 'deadline_at'),
    intentAt: numberOrNull(row, 'intent_at'),
    containerId: textOrNull(row, 'container_id'),
    startedAt: numberOrNull(row, 'started_at'),
    endedAt: numberOrNull(row, 'ended_at'),
    exitCode: numberOrNull(row, 'exit_code'),
    result: textOrNull(row, 'result'),
    error: textOrNull(row, 'error'),
    costUsd: numberOrNull(row, 'cost_usd'),
    sessionId: textOrNull(row, 'session_id'),
  };
}
