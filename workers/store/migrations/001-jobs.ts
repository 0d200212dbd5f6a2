/** Everything that the first release keeps. Times are milliseconds since 1970, UTC. */
import type { Migration } from '../migrate.ts';

export const createJobs: Migration = {
  version: 1,
  oldestReader: 1,
  // Large texts live in tables of their own, because a change of any column rewrites the whole row with them.
  sql: `
CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  seq              INTEGER PRIMARY KEY,
  id               TEXT NOT NULL UNIQUE,
  pylon            TEXT NOT NULL,
  status           TEXT NOT NULL,
  trigger          TEXT NOT NULL,
  run              INTEGER NOT NULL,
  deaths           INTEGER NOT NULL DEFAULT 0,
  counts_as_queued INTEGER NOT NULL,
  has_workspace    INTEGER NOT NULL DEFAULT 0,
  created_at       INTEGER NOT NULL,
  scheduled_at     INTEGER,
  ended_at         INTEGER,
  parent           TEXT,
  event_id         TEXT
) STRICT;
CREATE INDEX jobs_unfinished ON jobs (seq) WHERE ended_at IS NULL;
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX jobs_rejected ON jobs (seq) WHERE status = 'rejected';
CREATE INDEX jobs_with_workspace ON jobs (ended_at) WHERE has_workspace = 1;

CREATE TABLE requests (
  job     INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
  headers TEXT NOT NULL,
  payload TEXT
) STRICT;

CREATE TABLE runs (
  job          INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  run          INTEGER NOT NULL,
  status       TEXT NOT NULL,
  deadline_at  INTEGER,
  intent_at    INTEGER,
  started_at   INTEGER,
  ended_at     INTEGER,
  exit_code    INTEGER,
  cost_usd     REAL,
  container_id TEXT,
  session_id   TEXT,
  repo         TEXT,
  ref          TEXT,
  commit_id    TEXT,
  error        TEXT,
  PRIMARY KEY (job, run)
) STRICT;

CREATE TABLE run_texts (
  job      INTEGER NOT NULL,
  run      INTEGER NOT NULL,
  settings TEXT,
  topic    TEXT,
  message  TEXT,
  prompt   TEXT,
  result   TEXT,
  PRIMARY KEY (job, run),
  FOREIGN KEY (job, run) REFERENCES runs ON DELETE CASCADE
) STRICT;

CREATE TABLE history (
  seq    INTEGER PRIMARY KEY,
  job    INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  run    INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  status TEXT,
  note   TEXT
) STRICT;
CREATE INDEX history_of_job ON history (job);

CREATE TABLE events (
  id     TEXT NOT NULL PRIMARY KEY,
  job_id TEXT NOT NULL,
  at     INTEGER NOT NULL,
  -- The job's last status, once its own row is gone.
  status TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_age ON events (at);

-- AUTOINCREMENT: receivers may tell repeats by the id, so none is ever given twice.
CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  job        INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  run        INTEGER NOT NULL,
  event      TEXT NOT NULL,
  state      TEXT NOT NULL DEFAULT 'waiting',
  attempts   INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  next_at    INTEGER NOT NULL,
  tried_at   INTEGER,
  error      TEXT,
  -- Null once it was delivered or given up.
  message    TEXT
) STRICT;
CREATE INDEX outbox_of_job ON outbox (job);
CREATE INDEX outbox_waiting ON outbox (job, id, next_at) WHERE state = 'waiting';

-- How many jobs there are in each status, kept by the triggers below: asked after every change.
CREATE TABLE status_counts (
  status TEXT NOT NULL PRIMARY KEY,
  jobs   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER count_new_job AFTER INSERT ON jobs BEGIN
  INSERT INTO status_counts (status, jobs) VALUES (new.status, 1) ON CONFLICT (status) DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER count_changed_job AFTER UPDATE OF status ON jobs WHEN new.status <> old.status BEGIN
  UPDATE status_counts SET jobs = jobs - 1 WHERE status = old.status;
  INSERT INTO status_counts (status, jobs) VALUES (new.status, 1) ON CONFLICT (status) DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER count_deleted_job AFTER DELETE ON jobs BEGIN
  UPDATE status_counts SET jobs = jobs - 1 WHERE status = old.status;
END;
`,
};
