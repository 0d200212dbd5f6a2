import { isEnded, type JobStatus } from '../../src/protocol/job.ts';
import type { RunChanges } from './records.ts';
import type { Value } from './row.ts';
import type { Store } from './store.ts';

/** Writes `changes` to one run of the job in row `seq`; with `status`, its new status and the times that follow from it. */
export function writeRun(
  store: Store,
  seq: number,
  run: number,
  changes: RunChanges,
  entered?: { readonly status: JobStatus; readonly at: number },
): void {
  const { settings, prompt, topic, message, result, ...rest } = changes;
  writeColumns(store, seq, run, rest, entered);
  const texts = { settings: settings && JSON.stringify(settings), topic, message, prompt, result };
  writeTexts(store, seq, run, Object.entries(texts).filter(isGiven));
}

type Columns = Omit<RunChanges, 'settings' | 'prompt' | 'topic' | 'message' | 'result'>;

const columnOf: Readonly<Record<keyof Columns, string>> = {
  repo: 'repo',
  ref: 'ref',
  commit: 'commit_id',
  deadlineAt: 'deadline_at',
  intentAt: 'intent_at',
  containerId: 'container_id',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  exitCode: 'exit_code',
  error: 'error',
  costUsd: 'cost_usd',
  sessionId: 'session_id',
};

function writeColumns(
  store: Store,
  seq: number,
  run: number,
  changes: Columns,
  entered: { readonly status: JobStatus; readonly at: number } | undefined,
): void {
  const sets: string[] = [];
  const values: Value[] = [];
  const set = (sql: string, value: Value): void => {
    sets.push(sql);
    values.push(value);
  };
  for (const [key, value] of Object.entries(changes).filter(isGiven)) {
    if (isColumn(key)) set(`${columnOf[key]} = ?`, value);
  }
  if (entered !== undefined) {
    set('status = ?', entered.status);
    if (entered.status === 'running' && changes.startedAt === undefined)
      set('started_at = coalesce(started_at, ?)', entered.at);
    if (isEnded(entered.status) && changes.endedAt === undefined) set('ended_at = coalesce(ended_at, ?)', entered.at);
  }
  if (sets.length === 0) return;
  store.run(`UPDATE runs SET ${sets.join(', ')} WHERE job = ? AND run = ?`, [...values, seq, run]);
}

function writeTexts(store: Store, seq: number, run: number, texts: readonly (readonly [string, Value])[]): void {
  if (texts.length === 0) return;
  const names = texts.map(([name]) => name);
  const sql = `
    INSERT INTO run_texts (job, run, ${names.join(', ')}) VALUES (?, ?${', ?'.repeat(names.length)})
    ON CONFLICT (job, run) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`;
  store.run(sql, [seq, run, ...texts.map(([, value]) => value)]);
}

function isColumn(key: string): key is keyof Columns {
  return Object.hasOwn(columnOf, key);
}

function isGiven<Given>(entry: [string, Given | undefined]): entry is [string, Given] {
  return entry[1] !== undefined;
}
