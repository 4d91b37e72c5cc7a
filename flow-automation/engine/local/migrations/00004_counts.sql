-- +goose Up
-- The flows that runs belong to, each combination of names once: who looks for a name looks at few rows.
CREATE TABLE run_flows (
	no      INTEGER PRIMARY KEY,
	tenant  TEXT NOT NULL,
	flow_id TEXT NOT NULL,
	name    TEXT NOT NULL,
	title   TEXT NOT NULL,
	UNIQUE (tenant, flow_id, name, title)
);
CREATE VIRTUAL TABLE run_flows_text USING fts5 (name, title, content = 'run_flows', content_rowid = 'no', tokenize = 'trigram');
-- +goose StatementBegin
CREATE TRIGGER run_flows_text_in AFTER INSERT ON run_flows BEGIN
	INSERT INTO run_flows_text (rowid, name, title) VALUES (new.no, new.name, new.title);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER run_flows_text_out AFTER DELETE ON run_flows BEGIN
	INSERT INTO run_flows_text (run_flows_text, rowid, name, title) VALUES ('delete', old.no, old.name, old.title);
END;
-- +goose StatementEnd
INSERT INTO run_flows (tenant, flow_id, name, title) SELECT DISTINCT tenant, flow_id, flow_name, flow_title FROM runs;

ALTER TABLE runs ADD COLUMN flow INTEGER NOT NULL DEFAULT 0; -- of run_flows
UPDATE runs SET flow = (
	SELECT f.no FROM run_flows f WHERE f.tenant = runs.tenant AND f.flow_id = runs.flow_id AND f.name = runs.flow_name AND f.title = runs.flow_title
);

-- How many runs there are by flow and status. Triggers keep it, so no way to change runs gets round it.
CREATE TABLE run_counts (
	tenant TEXT    NOT NULL,
	flow   INTEGER NOT NULL,
	status TEXT    NOT NULL,
	n      INTEGER NOT NULL,
	PRIMARY KEY (tenant, flow, status)
) WITHOUT ROWID;
INSERT INTO run_counts (tenant, flow, status, n) SELECT tenant, flow, status, count(*) FROM runs GROUP BY tenant, flow, status;
-- +goose StatementBegin
CREATE TRIGGER runs_counted_in AFTER INSERT ON runs BEGIN
	INSERT INTO run_counts (tenant, flow, status, n) VALUES (new.tenant, new.flow, new.status, 1)
		ON CONFLICT (tenant, flow, status) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER runs_counted_on AFTER UPDATE OF status ON runs WHEN old.status <> new.status BEGIN
	UPDATE run_counts SET n = n - 1 WHERE tenant = old.tenant AND flow = old.flow AND status = old.status;
	INSERT INTO run_counts (tenant, flow, status, n) VALUES (new.tenant, new.flow, new.status, 1)
		ON CONFLICT (tenant, flow, status) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER runs_counted_out AFTER DELETE ON runs BEGIN
	UPDATE run_counts SET n = n - 1 WHERE tenant = old.tenant AND flow = old.flow AND status = old.status;
END;
-- +goose StatementEnd

-- Every list is merged from parts of one status, each of which an index has in order.
DROP INDEX runs_created;
DROP INDEX runs_flow;
DROP INDEX runs_duration;
CREATE INDEX runs_status_duration ON runs (tenant, status, duration, no);
CREATE INDEX runs_flow            ON runs (flow, status, created_at, no);
CREATE INDEX runs_flow_duration   ON runs (flow, status, duration, no);
-- The end of an identifier is what people see of it.
CREATE INDEX runs_tail ON runs (tenant, substr(id, -8));
-- How far a backfill is can be told from this index alone.
CREATE INDEX runs_backfill_status ON runs (tenant, backfill, status) WHERE backfill <> '';

-- +goose Down
DROP INDEX runs_backfill_status;
DROP INDEX runs_tail;
DROP INDEX runs_flow_duration;
DROP INDEX runs_flow;
DROP INDEX runs_status_duration;
CREATE INDEX runs_duration ON runs (tenant, duration, no);
CREATE INDEX runs_flow     ON runs (tenant, flow_id, created_at, no);
CREATE INDEX runs_created  ON runs (tenant, created_at, no);
DROP TRIGGER runs_counted_out;
DROP TRIGGER runs_counted_on;
DROP TRIGGER runs_counted_in;
DROP TABLE run_counts;
ALTER TABLE runs DROP COLUMN flow;
DROP TABLE run_flows_text;
DROP TABLE run_flows;
