-- +goose Up
-- When people have had the steps of a flow begin anew: who looked before proposes nothing.
CREATE TABLE connection_forgotten (
	tenant TEXT    NOT NULL,
	flow   TEXT    NOT NULL,
	step   TEXT    NOT NULL, -- empty is all
	at     INTEGER NOT NULL,
	PRIMARY KEY (tenant, flow, step)
);

-- +goose Down
DROP TABLE connection_forgotten;
