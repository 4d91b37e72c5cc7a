-- Version 1. Written by go test ./cmd/dataflow/cli/datadir -update-tables from the migrations.

CREATE TABLE leases (
	name   TEXT    NOT NULL PRIMARY KEY,
	token  INTEGER NOT NULL,
	holder TEXT    NOT NULL, -- '' is nobody
	beat   INTEGER NOT NULL, -- grows while the holder lives
	claims INTEGER NOT NULL, -- grows when somebody doubts that it does
	info   TEXT    NOT NULL  -- JSON
);
