-- +goose Up
-- How far a backfill is can be told from this index alone.
CREATE INDEX runs_backfill_status ON runs (tenant, backfill, status) WHERE backfill <> '';

-- +goose Down
DROP INDEX runs_backfill_status;
