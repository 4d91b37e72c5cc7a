-- Version 1. Written by go test ./cmd/dataflow/cli/datadir -update-tables from the migrations.

CREATE TABLE openlineage_state (
	id  INTEGER PRIMARY KEY CHECK (id = 1),
	run INTEGER NOT NULL
);

CREATE TABLE openlineage_runs (
	run     INTEGER PRIMARY KEY,
	started INTEGER NOT NULL -- 1 when their start has been written
);

CREATE TABLE openlineage_events (
	seq      INTEGER PRIMARY KEY AUTOINCREMENT,
	run      TEXT    NOT NULL,
	type     TEXT    NOT NULL,
	body     BLOB    NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0
);
