package connection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Settle looks after all marks whose runs have ended. It is asked before runs are removed, after which nobody could tell.
func (s *Service) Settle(ctx context.Context) error {
	if err := s.settle(ctx, "settled = 0"); err != nil {
		return err
	}
	if _, err := s.store.db.Write.ExecContext(ctx, "DELETE FROM connection_forgotten WHERE at < ?", s.deps.Clock.Now().Add(-forgottenFor).UnixMilli()); err != nil {
		return fmt.Errorf("drop when steps were to begin anew: %w", s.store.db.Refusal(err))
	}
	return nil
}

// EndedRun is one that has ended.
type EndedRun struct{ Tenant, ID string }

// SettleRuns looks after the marks of these runs.
func (s *Service) SettleRuns(ctx context.Context, runs []EndedRun) error {
	list, err := json.Marshal(runs)
	if err != nil {
		return err
	}
	return s.settle(ctx, "settled = 0 AND (tenant, run) IN (SELECT value ->> 'Tenant', value ->> 'ID' FROM json_each(?))", string(list))
}

// What a step whose subject changes with every run keeps, since nobody will ask for it again: the newest subjects, and others that
// were in use not long ago, such as those of a flow that runs every month for each of many customers.
const (
	mostSubjects = 200
	unusedFor    = 60 * 24 * time.Hour
)

// heldFor is how long it is known which marks stayed where they were.
const heldFor = 90 * 24 * time.Hour

// forgottenFor is how long it is known when steps were to begin anew: no run that looked before is under way so long.
const forgottenFor = 90 * 24 * time.Hour

type openMark struct{ tenant, flow, step, run, subject string }

// mostUnsettled is how many of the marks that cannot be decided on are told.
const mostUnsettled = 3

// settle decides on open marks. One on which it cannot is in nobody's way.
func (s *Service) settle(ctx context.Context, where string, args ...any) error {
	open, err := s.open(ctx, where, args...)
	if err != nil {
		return err
	}
	var failed []error
	for _, m := range open {
		became, err := s.deps.Runs(ctx, m.tenant, m.run, m.step)
		if err == nil {
			err = s.decide(ctx, m, became)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("keep how far the step %s of the run %s has come: %w", m.step, m.run, err))
		}
	}
	if more := len(failed) - mostUnsettled; more > 0 {
		failed = append(failed[:mostUnsettled], fmt.Errorf("and %d more", more))
	}
	return errors.Join(failed...)
}

func (s *Service) open(ctx context.Context, where string, args ...any) (open []openMark, err error) {
	rows, err := s.store.db.Read.QueryContext(ctx, "SELECT tenant, flow, step, run, subject FROM connection_marks WHERE "+where, args...) //nolint:gosec // where is one of a few fixed texts
	if err != nil {
		return nil, fmt.Errorf("read how far steps have come: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var m openMark
		if err := rows.Scan(&m.tenant, &m.flow, &m.step, &m.run, &m.subject); err != nil {
			return nil, fmt.Errorf("read how far steps have come: %w", err)
		}
		open = append(open, m)
	}
	return open, rows.Err()
}

func (s *Service) decide(ctx context.Context, m openMark, became Became) error {
	if became.State == RunOpen {
		return nil
	}
	now := s.deps.Clock.Now()
	var evicted int64
	err := s.store.db.Tx(ctx, func(tx *sql.Tx) (err error) {
		if became.State == RunLost {
			return lose(ctx, tx, m, became.Failed, now)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE connection_marks SET settled = 1 WHERE tenant = ? AND flow = ? AND step = ? AND run = ? AND subject = ?", m.tenant, m.flow, m.step, m.run, m.subject); err != nil {
			return err
		}
		// Of those that count, the last one of a subject says it all.
		if _, err := tx.ExecContext(ctx, `DELETE FROM connection_marks WHERE tenant = ?1 AND flow = ?2 AND step = ?3 AND settled = 1 AND subject = ?4 AND (created_at, run) <
			(SELECT created_at, run FROM connection_marks WHERE tenant = ?1 AND flow = ?2 AND step = ?3 AND subject = ?4 AND settled = 1 ORDER BY created_at DESC, run DESC LIMIT 1)`,
			m.tenant, m.flow, m.step, m.subject); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM connection_marks WHERE rowid IN (SELECT rowid FROM connection_marks WHERE tenant = ? AND flow = ? AND step = ? AND settled = 1
			ORDER BY used_at DESC, created_at DESC, run DESC LIMIT -1 OFFSET ?) AND used_at < ?`,
			m.tenant, m.flow, m.step, mostSubjects, now.Add(-unusedFor).UnixMilli())
		if err == nil {
			evicted, err = res.RowsAffected()
		}
		return err
	})
	if err == nil && evicted > 0 && s.deps.Log != nil {
		s.deps.Log.Warn("a step reads something else in every run: what nobody has asked for in a long time is forgotten", "tenant", m.tenant, "flow", m.flow, "step", m.step, "forgotten", evicted)
	}
	return err
}

// lose lets a mark go that does not count, and keeps which step was in its way.
func lose(ctx context.Context, tx *sql.Tx, m openMark, failed string, now time.Time) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM connection_marks WHERE tenant = ? AND flow = ? AND step = ? AND run = ? AND subject = ?", m.tenant, m.flow, m.step, m.run, m.subject); err != nil || failed == "" {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM connection_held WHERE at < ?", now.Add(-heldFor).UnixMilli()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO connection_held (tenant, run, step, failed, at) VALUES (?, ?, ?, ?, ?)", m.tenant, m.run, m.step, failed, now.UnixMilli())
	return err
}
