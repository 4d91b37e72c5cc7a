-- +goose Up
-- Who owns this store. The token grows with every owner; what an earlier owner still wants to write is refused by it.
CREATE TABLE leases (
	name   TEXT    NOT NULL PRIMARY KEY,
	token  INTEGER NOT NULL,
	holder TEXT    NOT NULL, -- '' is nobody
	beat   INTEGER NOT NULL, -- grows while the holder lives
	claims INTEGER NOT NULL, -- grows when somebody doubts that it does
	info   TEXT    NOT NULL  -- JSON
);

-- +goose Down
DROP TABLE leases;
