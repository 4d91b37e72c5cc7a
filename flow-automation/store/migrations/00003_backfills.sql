-- +goose Up
-- A backfill keeps the document that it runs, and why the rest of its runs cannot be begun; "" while they can.
ALTER TABLE automation_backfills ADD COLUMN document TEXT NOT NULL DEFAULT '';
ALTER TABLE automation_backfills ADD COLUMN failure  TEXT NOT NULL DEFAULT '';
UPDATE automation_backfills SET document = COALESCE(
	(SELECT v.document FROM automation_versions v WHERE v.tenant = automation_backfills.tenant AND v.flow_id = automation_backfills.flow_id AND v.version = automation_backfills.version),
	(SELECT f.document FROM automation_flows f WHERE f.tenant = automation_backfills.tenant AND f.id = automation_backfills.flow_id AND automation_backfills.version = 0),
	'') WHERE started < total AND canceled = 0;

-- +goose Down
ALTER TABLE automation_backfills DROP COLUMN failure;
ALTER TABLE automation_backfills DROP COLUMN document;
