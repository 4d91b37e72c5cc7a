-- +goose Up
ALTER TABLE runs ADD COLUMN priority  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN limits    TEXT    NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN retry_of  TEXT    NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN parent    TEXT    NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN backfill  TEXT    NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN paused_by TEXT    NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN late      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN result    TEXT    NOT NULL DEFAULT '';
CREATE INDEX runs_parent   ON runs (tenant, parent, created_at, no)   WHERE parent <> '';
CREATE INDEX runs_backfill ON runs (tenant, backfill, created_at, no) WHERE backfill <> '';
CREATE INDEX runs_paused   ON runs (tenant, created_at, no)           WHERE paused_by <> '';
CREATE INDEX runs_late     ON runs (tenant, created_at, no)           WHERE late = 1;

-- +goose Down
DROP INDEX runs_late;
DROP INDEX runs_paused;
DROP INDEX runs_backfill;
DROP INDEX runs_parent;
ALTER TABLE runs DROP COLUMN result;
ALTER TABLE runs DROP COLUMN late;
ALTER TABLE runs DROP COLUMN paused_by;
ALTER TABLE runs DROP COLUMN backfill;
ALTER TABLE runs DROP COLUMN parent;
ALTER TABLE runs DROP COLUMN retry_of;
ALTER TABLE runs DROP COLUMN limits;
ALTER TABLE runs DROP COLUMN priority;
