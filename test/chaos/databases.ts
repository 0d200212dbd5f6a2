/** Reads the databases of a home whose daemon has stopped. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import sqlite from 'node-sqlite3-wasm';

import type { JobStatus } from '../../src/protocol/job.ts';
import type { DatabaseCopy, JobRow, OutboxEntry } from './evidence.ts';

/** Those of `pylons/`, and those that were moved aside. */
export function readDatabases(home: string): readonly DatabaseCopy[] {
  const pylons = readdirSync(path.join(home, 'pylons')).map((name) => path.join('pylons', name));
  const aside = readdirSync(home).filter((name) => name.startsWith('aside-'));
  return [...pylons, ...aside].flatMap((place) => {
    const file = path.join(home, place, 'jobs.db');
    if (!existsSync(file)) return [];
    const inPlace = place.startsWith('pylons');
    // Where it was moved away below its thread, nobody could close it; what is in it counts all the same.
    if (!inPlace) rmSync(`${file}.lock`, { recursive: true, force: true });
    return [{ pylon: inPlace ? path.basename(place) : 'moved', inPlace, ...readDatabase(file) }];
  });
}

type Row = Readonly<Record<string, unknown>>;

function readDatabase(file: string): Pick<DatabaseCopy, 'integrity' | 'jobs'> {
  const database = new sqlite.Database(file);
  try {
    // As the store does: a file that was left in WAL can be opened in no other way.
    database.all('PRAGMA locking_mode = EXCLUSIVE');
    const tables = database.all("SELECT 1 FROM sqlite_schema WHERE name = 'jobs'");
    const integrity = database.all('PRAGMA integrity_check').map((row) => text(row, 'integrity_check'));
    return { integrity: integrity.join('; '), jobs: tables.length === 0 ? [] : readJobs(database) };
  } catch (error) {
    return { integrity: String(error), jobs: [] };
  } finally {
    database.close();
  }
}

function readJobs(database: InstanceType<typeof sqlite.Database>): readonly JobRow[] {
  const history = grouped(database.all('SELECT job, status FROM history WHERE status IS NOT NULL ORDER BY seq'));
  const outbox = grouped(database.all('SELECT * FROM outbox ORDER BY id'));
  const jobs = database.all(`
    SELECT jobs.*, runs.error, run_texts.result FROM jobs
    LEFT JOIN runs ON runs.job = jobs.seq AND runs.run = jobs.run
    LEFT JOIN run_texts ON run_texts.job = jobs.seq AND run_texts.run = jobs.run ORDER BY jobs.seq`);
  return jobs.map((job) => {
    const [id, seq] = [text(job, 'id'), Number(job['seq'])];
    return {
      id,
      status: text(job, 'status') as JobStatus,
      eventId: textOrNull(job, 'event_id'),
      createdAt: Number(job['created_at']),
      endedAt: job['ended_at'] === null ? null : Number(job['ended_at']),
      error: textOrNull(job, 'error'),
      result: textOrNull(job, 'result'),
      history: (history.get(seq) ?? []).map((row) => text(row, 'status') as JobStatus),
      outbox: (outbox.get(seq) ?? []).map((row) => entry(id, row)),
    };
  });
}

function entry(jobId: string, row: Row): OutboxEntry {
  return {
    messageId: `msg_${jobId}_${Number(row['id'])}`,
    event: text(row, 'event'),
    state: text(row, 'state') as OutboxEntry['state'],
    error: textOrNull(row, 'error'),
  };
}

function grouped(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const job = Number(row['job']);
    groups.set(job, [...(groups.get(job) ?? []), row]);
  }
  return groups;
}

function text(row: Row, column: string): string {
  return String(row[column]);
}

function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}
