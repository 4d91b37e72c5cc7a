package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// QualityRun is what the quality checks of one run have found.
type QualityRun struct {
	RunID   string
	At      time.Time
	Rules   []QualityRule
	Columns []QualityColumn
}

// QualityRule is one rule of a check.
type QualityRule struct {
	Node, Name, Check, Severity, Status string
	Rows, Broken                        int64
	// Unit is that of what a rule about the whole table measures, empty for a rule about rows. What is nil is not there.
	Unit                string
	Measured, Low, High *float64
}

// QualityColumn counts the empty values of a column that was checked.
type QualityColumn struct {
	Node, Name  string
	Rows, Nulls int64
}

// QualitySeen gives those of some runs whose checks are kept already, or that had none.
func (s *Store) QualitySeen(ctx context.Context, tenant string, runs []string) (map[string]bool, error) {
	seen := map[string]bool{}
	if len(runs) == 0 {
		return seen, nil
	}
	args := []any{tenant}
	for _, id := range runs {
		args = append(args, id)
	}
	err := s.each(ctx, "SELECT run FROM automation_quality_runs WHERE tenant = ? AND run IN (?"+strings.Repeat(", ?", len(runs)-1)+")", func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		seen[id] = true
		return err
	}, args...)
	return seen, err
}

// PutQuality keeps what the checks of runs of a flow have found; what is kept already stays.
func (s *Store) PutQuality(ctx context.Context, tenant, flowID string, runs []QualityRun) error {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for _, r := range runs {
		if err = putQuality(ctx, tx, tenant, flowID, r); err != nil {
			break
		}
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep what checks have found: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("keep what checks have found: %w", err)
	}
	return nil
}

func putQuality(ctx context.Context, tx *sql.Tx, tenant, flowID string, r QualityRun) error {
	result, err := tx.ExecContext(ctx, "INSERT INTO automation_quality_runs (run, tenant, flow_id, at) VALUES (?, ?, ?, ?) ON CONFLICT (run) DO NOTHING", r.RunID, tenant, flowID, r.At.UnixMicro())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err // somebody else was first
	}
	for i, p := range r.Rules {
		_, err := tx.ExecContext(ctx, "INSERT INTO automation_quality_rules (run, node, no, name, check_kind, severity, status, row_count, broken, unit, measured, low, high) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			r.RunID, p.Node, i, p.Name, p.Check, p.Severity, p.Status, p.Rows, p.Broken, p.Unit, p.Measured, p.Low, p.High)
		if err != nil {
			return err
		}
	}
	for i, c := range r.Columns {
		_, err := tx.ExecContext(ctx, "INSERT INTO automation_quality_columns (run, node, no, name, row_count, nulls) VALUES (?, ?, ?, ?, ?, ?)", r.RunID, c.Node, i, c.Name, c.Rows, c.Nulls)
		if err != nil {
			return err
		}
	}
	return nil
}

// Quality gives what the checks of the latest runs of a flow have found, oldest first; runs without checks are left out.
func (s *Store) Quality(ctx context.Context, tenant, flowID string, since time.Time, limit int) ([]QualityRun, error) {
	var out []QualityRun
	err := s.each(ctx, `SELECT run, at FROM automation_quality_runs q WHERE tenant = ? AND flow_id = ? AND at >= ?
		AND EXISTS (SELECT 1 FROM automation_quality_rules r WHERE r.run = q.run) ORDER BY at DESC LIMIT ?`, func(rows *sql.Rows) error {
		var r QualityRun
		var at int64
		err := rows.Scan(&r.RunID, &at)
		r.At = time.UnixMicro(at).UTC()
		out = append(out, r)
		return err
	}, tenant, flowID, max(0, since.UnixMicro()), limit)
	if err != nil || len(out) == 0 {
		return out, err
	}
	slices.Reverse(out)
	byRun, ids := map[string]*QualityRun{}, make([]any, len(out))
	for i := range out {
		byRun[out[i].RunID], ids[i] = &out[i], out[i].RunID
	}
	in := " WHERE run IN (?" + strings.Repeat(", ?", len(ids)-1) + ") ORDER BY run, node, no"
	err = s.each(ctx, "SELECT run, node, name, check_kind, severity, status, row_count, broken, unit, measured, low, high FROM automation_quality_rules"+in, func(rows *sql.Rows) error {
		var id string
		var p QualityRule
		if err := rows.Scan(&id, &p.Node, &p.Name, &p.Check, &p.Severity, &p.Status, &p.Rows, &p.Broken, &p.Unit, &p.Measured, &p.Low, &p.High); err != nil {
			return err
		}
		byRun[id].Rules = append(byRun[id].Rules, p)
		return nil
	}, ids...)
	if err != nil {
		return nil, err
	}
	return out, s.each(ctx, "SELECT run, node, name, row_count, nulls FROM automation_quality_columns"+in, func(rows *sql.Rows) error {
		var id string
		var c QualityColumn
		if err := rows.Scan(&id, &c.Node, &c.Name, &c.Rows, &c.Nulls); err != nil {
			return err
		}
		byRun[id].Columns = append(byRun[id].Columns, c)
		return nil
	}, ids...)
}

// PruneQuality drops what was found in runs that are no longer there.
func (s *Store) PruneQuality(ctx context.Context) error {
	for _, text := range []string{
		"DELETE FROM automation_quality_runs WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = automation_quality_runs.run)",
		"DELETE FROM automation_quality_rules WHERE NOT EXISTS (SELECT 1 FROM automation_quality_runs r WHERE r.run = automation_quality_rules.run)",
		"DELETE FROM automation_quality_columns WHERE NOT EXISTS (SELECT 1 FROM automation_quality_runs r WHERE r.run = automation_quality_columns.run)",
	} {
		if _, err := s.db.Write.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("drop what checks have found in runs that are gone: %w", err)
		}
	}
	return nil
}
