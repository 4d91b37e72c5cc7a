-- +goose Up
ALTER TABLE connection_marks ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0; -- when it was last asked for, or proposed; to the day
UPDATE connection_marks SET used_at = created_at;

-- +goose Down
ALTER TABLE connection_marks DROP COLUMN used_at;
