-- +goose Up
-- What rules about whole tables have measured; unit is empty for rules about rows, and measured NULL where there was nothing.
ALTER TABLE automation_quality_rules ADD COLUMN unit     TEXT NOT NULL DEFAULT '';
ALTER TABLE automation_quality_rules ADD COLUMN measured REAL;
ALTER TABLE automation_quality_rules ADD COLUMN low      REAL;
ALTER TABLE automation_quality_rules ADD COLUMN high     REAL;

-- +goose Down
ALTER TABLE automation_quality_rules DROP COLUMN high;
ALTER TABLE automation_quality_rules DROP COLUMN low;
ALTER TABLE automation_quality_rules DROP COLUMN measured;
ALTER TABLE automation_quality_rules DROP COLUMN unit;
