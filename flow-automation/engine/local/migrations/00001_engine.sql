-- +goose Up
-- The journal is the truth about every run; it is only ever added to. A record holds one or more events of one run.
CREATE TABLE journal (
	seq    INTEGER PRIMARY KEY,
	run    INTEGER NOT NULL,
	record BLOB    NOT NULL
);
CREATE INDEX journal_run ON journal (run);

-- Flow documents as they were when a run began, each once.
CREATE TABLE run_documents (
	hash BLOB PRIMARY KEY,
	body BLOB NOT NULL
);

-- What lists of runs read: a projection of the journal. Times are microseconds since 1970 in UTC.
CREATE TABLE runs (
	no           INTEGER PRIMARY KEY,
	id           TEXT    NOT NULL UNIQUE,
	tenant       TEXT    NOT NULL,
	flow_id      TEXT    NOT NULL,
	flow_name    TEXT    NOT NULL,
	flow_title   TEXT    NOT NULL,
	flow_version INTEGER NOT NULL,
	trigger_type TEXT    NOT NULL,
	trigger_id   TEXT    NOT NULL,
	started_by   TEXT    NOT NULL,
	start_key    TEXT    NOT NULL,
	status       TEXT    NOT NULL,
	created_at   INTEGER NOT NULL,
	started_at   INTEGER NOT NULL,
	ended_at     INTEGER NOT NULL,
	duration     INTEGER NOT NULL,
	steps_total  INTEGER NOT NULL,
	steps_done   INTEGER NOT NULL,
	recovered    INTEGER NOT NULL,
	error        TEXT    NOT NULL
);
CREATE INDEX runs_created  ON runs (tenant, created_at, no);
CREATE INDEX runs_flow     ON runs (tenant, flow_id, created_at, no);
CREATE INDEX runs_status   ON runs (tenant, status, created_at, no);
CREATE INDEX runs_duration ON runs (tenant, duration, no);
CREATE INDEX runs_open     ON runs (no) WHERE status IN ('queued', 'running');
CREATE UNIQUE INDEX runs_start_key ON runs (tenant, flow_id, start_key) WHERE start_key <> '';

CREATE TABLE run_logs (
	run   INTEGER NOT NULL,
	seq   INTEGER NOT NULL,
	at    INTEGER NOT NULL,
	step  TEXT    NOT NULL,
	level TEXT    NOT NULL,
	text  TEXT    NOT NULL,
	PRIMARY KEY (run, seq)
) WITHOUT ROWID;

-- How far the projection has come: records up to this one are in it.
CREATE TABLE engine_state (
	one       INTEGER PRIMARY KEY CHECK (one = 1),
	projected INTEGER NOT NULL
);
INSERT INTO engine_state (one, projected) VALUES (1, 0);

-- +goose Down
DROP TABLE engine_state;
DROP TABLE run_logs;
DROP TABLE runs;
DROP TABLE run_documents;
DROP TABLE journal;
