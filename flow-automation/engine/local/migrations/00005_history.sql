-- +goose Up
-- Journals of runs that have ended, packed. The key is 65536 times the run plus the number of the part.
CREATE TABLE run_history (
	key    INTEGER PRIMARY KEY,
	record BLOB NOT NULL
);
-- 0: the run's records are in the journal; 1: they are packed, and the journal still has to be cleared of them; 2: packed.
ALTER TABLE runs ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_loose ON runs (no) WHERE packed < 2 AND ended_at > 0;

-- The artifacts that packed runs refer to, by the hash of their content.
CREATE TABLE run_artifacts (
	tenant   TEXT    NOT NULL,
	artifact BLOB    NOT NULL,
	run      INTEGER NOT NULL,
	size     INTEGER NOT NULL,
	PRIMARY KEY (tenant, artifact, run)
) WITHOUT ROWID;
CREATE INDEX run_artifacts_run ON run_artifacts (run);

-- Artifacts that a removed run referred to. Whether somebody else does is found out later.
CREATE TABLE run_leftovers (
	no       INTEGER PRIMARY KEY,
	tenant   TEXT NOT NULL,
	artifact BLOB NOT NULL
);

-- +goose Down
DROP TABLE run_leftovers;
DROP TABLE run_artifacts;
DROP INDEX runs_loose;
ALTER TABLE runs DROP COLUMN packed;
DROP TABLE run_history;
