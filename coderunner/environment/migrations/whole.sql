-- Version 3. Written by go test ./cmd/dataflow/cli/datadir -update-tables from the migrations.

CREATE TABLE environments (
	tenant       TEXT NOT NULL,
	name         TEXT NOT NULL,
	title        TEXT NOT NULL,
	description  TEXT NOT NULL,
	requirements TEXT NOT NULL,
	egress       TEXT NOT NULL,
	source       INTEGER NOT NULL,
	version      INTEGER NOT NULL,
	last_version INTEGER NOT NULL,
	revision     INTEGER NOT NULL,
	created_at   INTEGER NOT NULL,
	created_by   TEXT NOT NULL,
	updated_at   INTEGER NOT NULL,
	updated_by   TEXT NOT NULL,
	PRIMARY KEY (tenant, name)
);

CREATE TABLE environment_versions (
	tenant       TEXT NOT NULL,
	environment  TEXT NOT NULL,
	version      INTEGER NOT NULL,
	status       TEXT NOT NULL,
	requirements TEXT NOT NULL,
	source       INTEGER NOT NULL,
	packages     TEXT NOT NULL,
	wheels       TEXT NOT NULL,
	digest       TEXT NOT NULL,
	python       TEXT NOT NULL,
	base         TEXT NOT NULL,
	size_bytes   INTEGER NOT NULL,
	log          TEXT NOT NULL,
	error        TEXT NOT NULL,
	created_at   INTEGER NOT NULL,
	created_by   TEXT NOT NULL,
	ended_at     INTEGER NOT NULL,
	PRIMARY KEY (tenant, environment, version)
);

CREATE TABLE environment_wheels (
	tenant     TEXT NOT NULL,
	name       TEXT NOT NULL,
	artifact   TEXT NOT NULL,
	size_bytes INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	created_by TEXT NOT NULL,
	PRIMARY KEY (tenant, name)
);

CREATE TABLE python_policies (
	tenant     TEXT NOT NULL PRIMARY KEY,
	policy     TEXT NOT NULL,
	updated_at INTEGER NOT NULL,
	updated_by TEXT NOT NULL
);

CREATE TABLE environment_numbers (
	tenant       TEXT NOT NULL,
	name         TEXT NOT NULL,
	last_version INTEGER NOT NULL, -- of a deleted environment: one of the same name goes on after it
	PRIMARY KEY (tenant, name)
);

CREATE INDEX environment_versions_status ON environment_versions (status);
