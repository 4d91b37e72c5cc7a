-- +goose Up
-- What the quality checks of runs have found: a projection of the runs' steps, and no longer there than they are.
CREATE TABLE automation_quality_runs (
	run     TEXT    PRIMARY KEY,
	tenant  TEXT    NOT NULL,
	flow_id TEXT    NOT NULL,
	at      INTEGER NOT NULL -- microseconds since 1970 in UTC
) WITHOUT ROWID;
CREATE INDEX automation_quality_flow ON automation_quality_runs (tenant, flow_id, at);

CREATE TABLE automation_quality_rules (
	run        TEXT    NOT NULL,
	node       TEXT    NOT NULL,
	no         INTEGER NOT NULL,
	name       TEXT    NOT NULL,
	check_kind TEXT    NOT NULL,
	severity   TEXT    NOT NULL,
	status     TEXT    NOT NULL,
	row_count  INTEGER NOT NULL,
	broken     INTEGER NOT NULL,
	PRIMARY KEY (run, node, no)
) WITHOUT ROWID;

CREATE TABLE automation_quality_columns (
	run       TEXT    NOT NULL,
	node      TEXT    NOT NULL,
	no        INTEGER NOT NULL,
	name      TEXT    NOT NULL,
	row_count INTEGER NOT NULL,
	nulls     INTEGER NOT NULL,
	PRIMARY KEY (run, node, no)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE automation_quality_columns;
DROP TABLE automation_quality_rules;
DROP TABLE automation_quality_runs;
