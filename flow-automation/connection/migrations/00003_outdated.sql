-- +goose Up
ALTER TABLE connections ADD COLUMN test_outdated INTEGER NOT NULL DEFAULT 0; -- the configuration was changed after the test

-- +goose Down
ALTER TABLE connections DROP COLUMN test_outdated;
