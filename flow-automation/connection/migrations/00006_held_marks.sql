-- +goose Up
-- Marks that stayed where they were although the run has succeeded, since a step behind the reader had failed.
CREATE TABLE connection_held (
	tenant TEXT    NOT NULL,
	run    TEXT    NOT NULL,
	step   TEXT    NOT NULL,
	failed TEXT    NOT NULL, -- the step that failed
	at     INTEGER NOT NULL,
	PRIMARY KEY (tenant, run, step)
);

-- +goose Down
DROP TABLE connection_held;
