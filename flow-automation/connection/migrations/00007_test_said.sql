-- +goose Up
ALTER TABLE connections ADD COLUMN test_said TEXT NOT NULL DEFAULT '{}'; -- JSON: how the texts of the test were put together

-- +goose Down
ALTER TABLE connections DROP COLUMN test_said;
