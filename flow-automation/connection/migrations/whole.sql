-- Version 7. Written by go test ./cmd/dataflow/cli/datadir -update-tables from the migrations.

CREATE TABLE connections (
	tenant      TEXT    NOT NULL,
	name        TEXT    NOT NULL,
	kind        TEXT    NOT NULL,
	title       TEXT    NOT NULL,
	description TEXT    NOT NULL,
	config      TEXT    NOT NULL, -- JSON, without what is sealed
	sealed      TEXT    NOT NULL, -- an envelope around the sealed fields; empty when there are none
	sealed_set  TEXT    NOT NULL, -- JSON list of the names of the fields in it
	revision    INTEGER NOT NULL,
	tested_at   INTEGER NOT NULL, -- milliseconds since 1970, UTC, as all times here; 0 is never
	test_ok     INTEGER NOT NULL,
	test_text   TEXT    NOT NULL,
	test_code   TEXT    NOT NULL,
	test_hint   TEXT    NOT NULL,
	created_at  INTEGER NOT NULL,
	created_by  TEXT    NOT NULL,
	updated_at  INTEGER NOT NULL,
	updated_by  TEXT    NOT NULL, test_outdated INTEGER NOT NULL DEFAULT 0, test_said TEXT NOT NULL DEFAULT '{}',
	PRIMARY KEY (tenant, name)
);

CREATE TABLE "connection_marks" (
	tenant     TEXT    NOT NULL,
	flow       TEXT    NOT NULL,
	step       TEXT    NOT NULL,
	run        TEXT    NOT NULL,
	subject    TEXT    NOT NULL, -- of what it is the mark: where the connection leads to, a table or query with its values, a column
	value      TEXT    NOT NULL,
	settled    INTEGER NOT NULL,
	created_at INTEGER NOT NULL, used_at INTEGER NOT NULL DEFAULT 0, -- when the step looked
	PRIMARY KEY (tenant, flow, step, run, subject)
);

CREATE TABLE connection_forgotten (
	tenant TEXT    NOT NULL,
	flow   TEXT    NOT NULL,
	step   TEXT    NOT NULL, -- empty is all
	at     INTEGER NOT NULL,
	PRIMARY KEY (tenant, flow, step)
);

CREATE TABLE connection_held (
	tenant TEXT    NOT NULL,
	run    TEXT    NOT NULL,
	step   TEXT    NOT NULL,
	failed TEXT    NOT NULL, -- the step that failed
	at     INTEGER NOT NULL,
	PRIMARY KEY (tenant, run, step)
);

CREATE INDEX connection_marks_open ON connection_marks (settled) WHERE settled = 0;
