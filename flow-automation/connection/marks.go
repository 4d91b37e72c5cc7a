package connection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// RunState is what became of a run.
type RunState int

// The states.
const (
	RunOpen RunState = iota // it has not ended
	RunSucceeded
	RunLost // it, or a step behind the reader, failed or was canceled; or it is not there any more
)

// Became is what became of what a step of a run has read.
type Became struct {
	State RunState
	// Failed is the step behind the reader that was in the way, where the run itself has succeeded.
	Failed string
}

// usedEvery is how exactly it is known when a mark was last asked for.
const usedEvery = 24 * time.Hour

// Mark implements node.Marks: how far the runs that have succeeded have come; nil when there was none.
func (s *Service) Mark(ctx context.Context, tenant, flow, step, subject, formerly string) (*string, error) {
	if err := s.settle(ctx, "tenant = ? AND flow = ? AND step = ? AND settled = 0", tenant, flow, step); err != nil {
		return nil, err
	}
	if err := s.carry(ctx, tenant, flow, step, subject, formerly); err != nil {
		return nil, err
	}
	var value string
	var row, used int64
	err := s.store.db.Read.QueryRowContext(ctx, `SELECT rowid, value, used_at FROM connection_marks WHERE tenant = ? AND flow = ? AND step = ? AND subject = ? AND settled = 1
		ORDER BY created_at DESC, run DESC LIMIT 1`, tenant, flow, step, subject).Scan(&row, &value, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far a step has come: %w", err)
	}
	if now := s.deps.Clock.Now(); now.Sub(time.UnixMilli(used)) >= usedEvery {
		if _, err := s.store.db.Write.ExecContext(ctx, "UPDATE connection_marks SET used_at = ? WHERE rowid = ?", now.UnixMilli(), row); err != nil {
			return nil, fmt.Errorf("keep that a mark is in use: %w", s.store.db.Refusal(err))
		}
	}
	return &value, nil
}

// carry gives the marks of a subject that was written otherwise in earlier versions to what it is now, once: what the old form
// leaves out, such as where the connection leads to, may change later, and then it says nothing any more.
func (s *Service) carry(ctx context.Context, tenant, flow, step, subject, formerly string) error {
	if formerly == "" {
		return nil
	}
	var n int
	err := s.store.db.Read.QueryRowContext(ctx, "SELECT count(*) FROM connection_marks WHERE tenant = ? AND flow = ? AND step = ? AND subject = ?", tenant, flow, step, formerly).Scan(&n)
	if err == nil && n > 0 {
		_, err = s.store.db.Write.ExecContext(ctx, "UPDATE OR REPLACE connection_marks SET subject = ? WHERE tenant = ? AND flow = ? AND step = ? AND subject = ?", subject, tenant, flow, step, formerly)
	}
	if err != nil {
		return fmt.Errorf("carry over how far a step has come: %w", s.store.db.Refusal(err))
	}
	return nil
}

// LastSubject implements node.Marks.
func (s *Service) LastSubject(ctx context.Context, tenant, flow, step string) (subject string, err error) {
	err = s.store.db.Read.QueryRowContext(ctx, `SELECT subject FROM connection_marks WHERE tenant = ? AND flow = ? AND step = ? AND settled = 1
		ORDER BY created_at DESC, run DESC LIMIT 1`, tenant, flow, step).Scan(&subject)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read how far a step has come: %w", err)
	}
	return subject, nil
}

// Propose implements node.Marks: the mark counts once the run and all that lies behind the step have succeeded. Runs that overlap end
// in any order; what counts is when they looked. Who looked before people had the step begin anew proposes nothing.
func (s *Service) Propose(ctx context.Context, tenant, flow, step, subject, run, value string, at time.Time) error {
	_, err := s.store.db.Write.ExecContext(ctx, `INSERT INTO connection_marks (tenant, flow, step, run, subject, value, settled, created_at, used_at)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM connection_forgotten WHERE tenant = ?1 AND flow = ?2 AND step IN (?3, '') AND at >= ?7)
		ON CONFLICT (tenant, flow, step, run, subject) DO UPDATE SET value = excluded.value, created_at = excluded.created_at, used_at = excluded.used_at`,
		tenant, flow, step, run, subject, value, at.UnixMilli(), s.deps.Clock.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("keep how far a step has come: %w", s.store.db.Refusal(err))
	}
	return nil
}
