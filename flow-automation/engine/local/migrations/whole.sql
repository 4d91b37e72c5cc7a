-- Version 5. Written by go test ./cmd/dataflow/cli/datadir -update-tables from the migrations.

CREATE TABLE journal (
	seq    INTEGER PRIMARY KEY,
	run    INTEGER NOT NULL,
	record BLOB    NOT NULL
);

CREATE TABLE run_documents (
	hash BLOB PRIMARY KEY,
	body BLOB NOT NULL
);

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
, priority  INTEGER NOT NULL DEFAULT 0, limits    TEXT    NOT NULL DEFAULT '', retry_of  TEXT    NOT NULL DEFAULT '', parent    TEXT    NOT NULL DEFAULT '', backfill  TEXT    NOT NULL DEFAULT '', paused_by TEXT    NOT NULL DEFAULT '', late      INTEGER NOT NULL DEFAULT 0, result    TEXT    NOT NULL DEFAULT '', flow INTEGER NOT NULL DEFAULT 0, packed INTEGER NOT NULL DEFAULT 0);

CREATE TABLE run_logs (
	run   INTEGER NOT NULL,
	seq   INTEGER NOT NULL,
	at    INTEGER NOT NULL,
	step  TEXT    NOT NULL,
	level TEXT    NOT NULL,
	text  TEXT    NOT NULL,
	PRIMARY KEY (run, seq)
) WITHOUT ROWID;

CREATE TABLE engine_state (
	one       INTEGER PRIMARY KEY CHECK (one = 1),
	projected INTEGER NOT NULL
);

CREATE TABLE run_flows (
	no      INTEGER PRIMARY KEY,
	tenant  TEXT NOT NULL,
	flow_id TEXT NOT NULL,
	name    TEXT NOT NULL,
	title   TEXT NOT NULL,
	UNIQUE (tenant, flow_id, name, title)
);

CREATE VIRTUAL TABLE run_flows_text USING fts5 (name, title, content = 'run_flows', content_rowid = 'no', tokenize = 'trigram');

CREATE TABLE run_counts (
	tenant TEXT    NOT NULL,
	flow   INTEGER NOT NULL,
	status TEXT    NOT NULL,
	n      INTEGER NOT NULL,
	PRIMARY KEY (tenant, flow, status)
) WITHOUT ROWID;

CREATE TABLE run_history (
	key    INTEGER PRIMARY KEY,
	record BLOB NOT NULL
);

CREATE TABLE run_artifacts (
	tenant   TEXT    NOT NULL,
	artifact BLOB    NOT NULL,
	run      INTEGER NOT NULL,
	size     INTEGER NOT NULL,
	PRIMARY KEY (tenant, artifact, run)
) WITHOUT ROWID;

CREATE TABLE run_leftovers (
	no       INTEGER PRIMARY KEY,
	tenant   TEXT NOT NULL,
	artifact BLOB NOT NULL
);

CREATE INDEX journal_run ON journal (run);

CREATE INDEX runs_status   ON runs (tenant, status, created_at, no);

CREATE INDEX runs_open     ON runs (no) WHERE status IN ('queued', 'running');

CREATE UNIQUE INDEX runs_start_key ON runs (tenant, flow_id, start_key) WHERE start_key <> '';

CREATE INDEX runs_parent   ON runs (tenant, parent, created_at, no)   WHERE parent <> '';

CREATE INDEX runs_backfill ON runs (tenant, backfill, created_at, no) WHERE backfill <> '';

CREATE INDEX runs_paused   ON runs (tenant, created_at, no)           WHERE paused_by <> '';

CREATE INDEX runs_late     ON runs (tenant, created_at, no)           WHERE late = 1;

CREATE INDEX runs_status_duration ON runs (tenant, status, duration, no);

CREATE INDEX runs_flow            ON runs (flow, status, created_at, no);

CREATE INDEX runs_flow_duration   ON runs (flow, status, duration, no);

CREATE INDEX runs_tail ON runs (tenant, substr(id, -8));

CREATE INDEX runs_backfill_status ON runs (tenant, backfill, status) WHERE backfill <> '';

CREATE INDEX runs_loose ON runs (no) WHERE packed < 2 AND ended_at > 0;

CREATE INDEX run_artifacts_run ON run_artifacts (run);

INSERT INTO "engine_state" VALUES (1, 0);

CREATE TRIGGER run_flows_text_in AFTER INSERT ON run_flows BEGIN
	INSERT INTO run_flows_text (rowid, name, title) VALUES (new.no, new.name, new.title);
END;

CREATE TRIGGER run_flows_text_out AFTER DELETE ON run_flows BEGIN
	INSERT INTO run_flows_text (run_flows_text, rowid, name, title) VALUES ('delete', old.no, old.name, old.title);
END;

CREATE TRIGGER runs_counted_in AFTER INSERT ON runs BEGIN
	INSERT INTO run_counts (tenant, flow, status, n) VALUES (new.tenant, new.flow, new.status, 1)
		ON CONFLICT (tenant, flow, status) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER runs_counted_on AFTER UPDATE OF status ON runs WHEN old.status <> new.status BEGIN
	UPDATE run_counts SET n = n - 1 WHERE tenant = old.tenant AND flow = old.flow AND status = old.status;
	INSERT INTO run_counts (tenant, flow, status, n) VALUES (new.tenant, new.flow, new.status, 1)
		ON CONFLICT (tenant, flow, status) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER runs_counted_out AFTER DELETE ON runs BEGIN
	UPDATE run_counts SET n = n - 1 WHERE tenant = old.tenant AND flow = old.flow AND status = old.status;
END;
