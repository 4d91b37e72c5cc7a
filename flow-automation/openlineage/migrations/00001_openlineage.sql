-- +goose Up

-- Runs up to this number have been looked at.
CREATE TABLE openlineage_state (
	id  INTEGER PRIMARY KEY CHECK (id = 1),
	run INTEGER NOT NULL
);

-- Runs that have not ended, or of whose end nothing has been written yet.
CREATE TABLE openlineage_runs (
	run     INTEGER PRIMARY KEY,
	started INTEGER NOT NULL -- 1 when their start has been written
);

-- What is to be sent, oldest first.
CREATE TABLE openlineage_events (
	seq      INTEGER PRIMARY KEY AUTOINCREMENT,
	run      TEXT    NOT NULL,
	type     TEXT    NOT NULL,
	body     BLOB    NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0
);

-- +goose Down
DROP TABLE openlineage_events;
DROP TABLE openlineage_runs;
DROP TABLE openlineage_state;
