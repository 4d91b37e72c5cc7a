package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dataflow/ide-go-lib/errs"
)

// Backfill is many runs of one flow, each with parameters of its own.
type Backfill struct {
	ID        string
	Tenant    string
	FlowID    string
	Version   int
	Parallel  int
	Sets      []map[string]any
	Total     int
	Started   int // of the sets, those whose runs are durable
	Canceled  bool
	Failure   string // why the rest cannot be begun
	CreatedAt time.Time
	CreatedBy string
}

const backfillColumns = "id, tenant, flow_id, version, parallel, sets, total, started, canceled, failure, created_at, created_by"

func scanBackfill(r row) (Backfill, error) {
	var b Backfill
	var sets string
	var created int64
	err := r.Scan(&b.ID, &b.Tenant, &b.FlowID, &b.Version, &b.Parallel, &sets, &b.Total, &b.Started, &b.Canceled, &b.Failure, &created, &b.CreatedBy)
	if err != nil {
		return Backfill{}, err
	}
	b.CreatedAt = time.UnixMilli(created).UTC()
	if err := json.Unmarshal([]byte(sets), &b.Sets); err != nil {
		return Backfill{}, fmt.Errorf("sets of backfill %s: %w", b.ID, err)
	}
	return b, nil
}

// PutBackfill makes a backfill durable, with the document that it runs, before any of its runs is begun.
func (s *Store) PutBackfill(ctx context.Context, b Backfill, document []byte) error {
	sets, err := json.Marshal(b.Sets)
	if err != nil {
		return err
	}
	_, err = s.db.Write.ExecContext(ctx, "INSERT INTO automation_backfills ("+backfillColumns+", document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		b.ID, b.Tenant, b.FlowID, b.Version, b.Parallel, string(sets), b.Total, b.Started, b.Canceled, b.Failure, b.CreatedAt.UnixMilli(), b.CreatedBy, string(document))
	if err != nil {
		return fmt.Errorf("keep backfill: %w", err)
	}
	return nil
}

// BackfillStarted notes how many of its runs are durable.
func (s *Store) BackfillStarted(ctx context.Context, tenant, id string, started int) error {
	if _, err := s.db.Write.ExecContext(ctx, "UPDATE automation_backfills SET started = ? WHERE tenant = ? AND id = ?", started, tenant, id); err != nil {
		return fmt.Errorf("update backfill: %w", err)
	}
	return nil
}

// FailBackfill notes why the rest of its runs cannot be begun, and lets none of them begin.
func (s *Store) FailBackfill(ctx context.Context, tenant, id, why string) error {
	if _, err := s.db.Write.ExecContext(ctx, "UPDATE automation_backfills SET failure = ? WHERE tenant = ? AND id = ?", why, tenant, id); err != nil {
		return fmt.Errorf("end backfill: %w", err)
	}
	return nil
}

// CancelBackfill lets no further run of it begin.
func (s *Store) CancelBackfill(ctx context.Context, tenant, id string) error {
	if _, err := s.db.Write.ExecContext(ctx, "UPDATE automation_backfills SET canceled = 1 WHERE tenant = ? AND id = ?", tenant, id); err != nil {
		return fmt.Errorf("cancel backfill: %w", err)
	}
	return nil
}

// Backfill gives one; errs code backfill_not_found answers for one that the tenant does not have.
func (s *Store) Backfill(ctx context.Context, tenant, id string) (Backfill, error) {
	b, err := scanBackfill(s.db.Read.QueryRowContext(ctx, "SELECT "+backfillColumns+" FROM automation_backfills WHERE tenant = ? AND id = ?", tenant, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Backfill{}, errs.NotFound("backfill_not_found", "There is no backfill %q.", id)
	}
	if err != nil {
		return Backfill{}, fmt.Errorf("read backfill: %w", err)
	}
	return b, nil
}

// BackfillDocument gives the document that a backfill runs.
func (s *Store) BackfillDocument(ctx context.Context, tenant, id string) (document []byte, err error) {
	err = s.db.Read.QueryRowContext(ctx, "SELECT document FROM automation_backfills WHERE tenant = ? AND id = ?", tenant, id).Scan(&document)
	if err != nil {
		return nil, fmt.Errorf("read the document of a backfill: %w", err)
	}
	return document, nil
}

// BackfillOpen says whether further runs of it may begin.
func (s *Store) BackfillOpen(ctx context.Context, tenant, id string) (open bool, err error) {
	err = s.db.Read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM automation_backfills WHERE tenant = ? AND id = ? AND "+backfillOpen+")", tenant, id).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("read backfill: %w", err)
	}
	return open, nil
}

const backfillOpen = "started < total AND canceled = 0 AND failure = ''"

// Backfills gives those of a flow, newest first.
func (s *Store) Backfills(ctx context.Context, tenant, flowID string) ([]Backfill, error) {
	return s.backfills(ctx, "tenant = ? AND flow_id = ? ORDER BY created_at DESC, id DESC LIMIT 100", tenant, flowID)
}

// OpenBackfills gives those of all tenants of which not all runs are durable yet, for the one who begins them.
func (s *Store) OpenBackfills(ctx context.Context) ([]Backfill, error) {
	return s.backfills(ctx, backfillOpen+" ORDER BY created_at")
}

func (s *Store) backfills(ctx context.Context, where string, args ...any) (list []Backfill, err error) {
	rows, err := s.db.Read.QueryContext(ctx, "SELECT "+backfillColumns+" FROM automation_backfills WHERE "+where, args...) //nolint:gosec // of our own words; values are bound
	if err != nil {
		return nil, fmt.Errorf("list backfills: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		b, err := scanBackfill(rows)
		if err != nil {
			return nil, fmt.Errorf("list backfills: %w", err)
		}
		list = append(list, b)
	}
	return list, rows.Err()
}
