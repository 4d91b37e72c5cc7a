-- +goose Up
CREATE TABLE python_policies (
	tenant     TEXT NOT NULL PRIMARY KEY,
	policy     TEXT NOT NULL,
	updated_at INTEGER NOT NULL,
	updated_by TEXT NOT NULL
);

-- +goose Down
DROP TABLE python_policies;
