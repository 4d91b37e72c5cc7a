-- +goose Up
CREATE TABLE environment_numbers (
	tenant       TEXT NOT NULL,
	name         TEXT NOT NULL,
	last_version INTEGER NOT NULL, -- of a deleted environment: one of the same name goes on after it
	PRIMARY KEY (tenant, name)
);

-- +goose Down
DROP TABLE environment_numbers;
