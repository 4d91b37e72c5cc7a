-- +goose Up
-- What steps with a cache have given, by content key. Times are milliseconds since 1970; 0 is never.
CREATE TABLE automation_results (
	tenant     TEXT    NOT NULL,
	key        TEXT    NOT NULL,
	kept       TEXT    NOT NULL,
	expires_at BIGINT  NOT NULL,
	PRIMARY KEY (tenant, key)
);

-- Backfills: many runs of one flow. The runs themselves are the engine's.
CREATE TABLE automation_backfills (
	id         TEXT    NOT NULL PRIMARY KEY,
	tenant     TEXT    NOT NULL,
	flow_id    TEXT    NOT NULL,
	version    INTEGER NOT NULL,
	parallel   INTEGER NOT NULL,
	sets       TEXT    NOT NULL,
	total      INTEGER NOT NULL,
	started    INTEGER NOT NULL,
	canceled   INTEGER NOT NULL,
	created_at BIGINT  NOT NULL,
	created_by TEXT    NOT NULL
);
CREATE INDEX automation_backfills_flow ON automation_backfills (tenant, flow_id, created_at);

-- +goose Down
DROP TABLE automation_backfills;
DROP TABLE automation_results;
