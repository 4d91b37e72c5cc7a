-- +goose Up
-- A step may come so far with several things in one run, such as a topic and the columns of its messages.
CREATE TABLE connection_marks_anew (
	tenant     TEXT    NOT NULL,
	flow       TEXT    NOT NULL,
	step       TEXT    NOT NULL,
	run        TEXT    NOT NULL,
	subject    TEXT    NOT NULL, -- of what it is the mark: where the connection leads to, a table or query with its values, a column
	value      TEXT    NOT NULL,
	settled    INTEGER NOT NULL,
	created_at INTEGER NOT NULL, -- when the step looked
	PRIMARY KEY (tenant, flow, step, run, subject)
);
INSERT INTO connection_marks_anew SELECT tenant, flow, step, run, subject, value, settled, created_at FROM connection_marks;
DROP TABLE connection_marks;
ALTER TABLE connection_marks_anew RENAME TO connection_marks;
CREATE INDEX connection_marks_open ON connection_marks (settled) WHERE settled = 0;

-- +goose Down
CREATE TABLE connection_marks_before (
	tenant     TEXT    NOT NULL,
	flow       TEXT    NOT NULL,
	step       TEXT    NOT NULL,
	run        TEXT    NOT NULL,
	subject    TEXT    NOT NULL,
	value      TEXT    NOT NULL,
	settled    INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (tenant, flow, step, run)
);
INSERT OR REPLACE INTO connection_marks_before SELECT tenant, flow, step, run, subject, value, settled, created_at FROM connection_marks;
DROP TABLE connection_marks;
ALTER TABLE connection_marks_before RENAME TO connection_marks;
CREATE INDEX connection_marks_open ON connection_marks (settled) WHERE settled = 0;
