package connection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dataflow/ide-go-lib/errs"
)

// Mark is how far a step that reads only what is new has come.
type Mark struct {
	Step    string          `json:"step" doc:"Its id, with the instances of containers around it"`
	Subject json.RawMessage `json:"subject" doc:"What it reads: tables, queries and their values, where the connection leads to, columns"`
	Value   string          `json:"value" doc:"How far it has come; lists give the beginning of it where that is long"`
	RunID   string          `json:"run_id" doc:"Of the run that has come so far"`
	At      time.Time       `json:"at" doc:"When that looked"`
}

// Marks gives those of a flow that count, by step, the latest first.
func (s *Service) Marks(ctx context.Context, tenant, flow string) (all []Mark, err error) {
	if err := s.settle(ctx, "tenant = ? AND flow = ? AND settled = 0", tenant, flow); err != nil {
		return nil, err
	}
	rows, err := s.store.db.Read.QueryContext(ctx, `SELECT step, subject, value, run, created_at FROM connection_marks
		WHERE tenant = ? AND flow = ? AND settled = 1 ORDER BY step, created_at DESC, run DESC`, tenant, flow)
	if err != nil {
		return nil, fmt.Errorf("read how far steps have come: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all = []Mark{}
	for rows.Next() {
		var m Mark
		var subject string
		var at int64
		if err := rows.Scan(&m.Step, &subject, &m.Value, &m.RunID, &at); err != nil {
			return nil, fmt.Errorf("read how far steps have come: %w", err)
		}
		m.Subject, m.At = json.RawMessage(subject), time.UnixMilli(at).UTC()
		all = append(all, m)
	}
	return all, rows.Err()
}

// Forget lets the steps of a flow begin anew, or only one of them, also where a run is under way: what that comes to is forgotten, too.
// Known says that the flow has the step, of which nothing may be remembered before its first run has ended.
func (s *Service) Forget(ctx context.Context, tenant, flow, step string, known bool) error {
	now := s.deps.Clock.Now().UnixMilli()
	err := s.store.db.Tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM connection_marks WHERE tenant = ? AND flow = ? AND (step = ? OR ? = '')", tenant, flow, step, step)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 && step != "" && !known {
			return errs.NotFound("mark_not_found", "Nothing is remembered of a step %q.", step).WithHint("List the marks of the flow; steps within containers are called by their whole path, such as each[0]/read.")
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM connection_forgotten WHERE tenant = ? AND flow = ? AND (step = ? OR ? = '')", tenant, flow, step, step); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO connection_forgotten (tenant, flow, step, at) VALUES (?, ?, ?, ?)", tenant, flow, step, now)
		return err
	})
	var own *errs.Error
	if err != nil && !errors.As(err, &own) {
		return fmt.Errorf("forget how far steps have come: %w", s.store.db.Refusal(err))
	}
	return err
}

// Held says that what a step of a run has read does not count as read, although the run has succeeded, since another step had
// failed, or was left out for want of what one that failed would have given.
type Held struct{ Step, Failed string }

// mostHeld bounds how many steps are told of, for a map may have very many.
const mostHeld = 20

// Held gives what a run has read in vain, by some of the steps where those are many.
func (s *Service) Held(ctx context.Context, tenant, run string) (all []Held, err error) {
	if err := s.settle(ctx, "tenant = ? AND run = ? AND settled = 0", tenant, run); err != nil {
		return nil, err
	}
	rows, err := s.store.db.Read.QueryContext(ctx, "SELECT step, failed FROM connection_held WHERE tenant = ? AND run = ? ORDER BY step LIMIT ?", tenant, run, mostHeld)
	if err != nil {
		return nil, fmt.Errorf("read which marks stayed: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var h Held
		if err := rows.Scan(&h.Step, &h.Failed); err != nil {
			return nil, fmt.Errorf("read which marks stayed: %w", err)
		}
		all = append(all, h)
	}
	return all, rows.Err()
}
