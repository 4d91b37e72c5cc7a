package connection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
)

// RunState is what became of a run.
type RunState int

// The states.
const (
	RunOpen RunState = iota // it has not ended
	RunSucceeded
	RunLost // it, or a step behind the reader, failed or was canceled; or it is not there any more
)

// Mark implements node.Marks: how far the runs that have succeeded have come; nil when there was none.
func (s *Service) Mark(ctx context.Context, tenant, flow, step, subject string) (*string, error) {
	if err := s.settle(ctx, "tenant = ? AND flow = ? AND step = ? AND settled = 0", tenant, flow, step); err != nil {
		return nil, err
	}
	var value string
	err := s.store.db.Read.QueryRowContext(ctx, `SELECT value FROM connection_marks WHERE tenant = ? AND flow = ? AND step = ? AND subject = ? AND settled = 1
		ORDER BY created_at DESC, run DESC LIMIT 1`, tenant, flow, step, subject).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far a step has come: %w", err)
	}
	return &value, nil
}

// Propose implements node.Marks: the mark counts once the run and all that lies behind the step have succeeded. Runs that overlap end
// in any order; what counts is when they looked.
func (s *Service) Propose(ctx context.Context, tenant, flow, step, subject, run, value string, at time.Time) error {
	_, err := s.store.db.Write.ExecContext(ctx, `INSERT INTO connection_marks (tenant, flow, step, run, subject, value, settled, created_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?)
		ON CONFLICT (tenant, flow, step, run, subject) DO UPDATE SET value = excluded.value, created_at = excluded.created_at`,
		tenant, flow, step, run, subject, value, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep how far a step has come: %w", s.store.db.Refusal(err))
	}
	return nil
}

// Settle looks after all marks whose runs have ended. It is asked before runs are removed, after which nobody could tell.
func (s *Service) Settle(ctx context.Context) error { return s.settle(ctx, "settled = 0") }

// mostSubjects is how many subjects a step remembers, the newest ones.
const mostSubjects = 100

type openMark struct{ tenant, flow, step, run, subject string }

func (s *Service) settle(ctx context.Context, where string, args ...any) error {
	open, err := s.open(ctx, where, args...)
	if err != nil {
		return err
	}
	for _, m := range open {
		state, err := s.deps.Runs(ctx, m.tenant, m.run, m.step)
		if err != nil {
			return err
		}
		if err := s.decide(ctx, m, state); err != nil {
			return fmt.Errorf("keep how far a step has come: %w", err)
		}
	}
	return nil
}

func (s *Service) open(ctx context.Context, where string, args ...any) (open []openMark, err error) {
	rows, err := s.store.db.Read.QueryContext(ctx, "SELECT tenant, flow, step, run, subject FROM connection_marks WHERE "+where, args...) //nolint:gosec // where is one of two fixed texts
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

func (s *Service) decide(ctx context.Context, m openMark, state RunState) error {
	if state == RunOpen {
		return nil
	}
	return s.store.db.Tx(ctx, func(tx *sql.Tx) error {
		if state == RunLost {
			_, err := tx.ExecContext(ctx, "DELETE FROM connection_marks WHERE tenant = ? AND flow = ? AND step = ? AND run = ? AND subject = ?", m.tenant, m.flow, m.step, m.run, m.subject)
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE connection_marks SET settled = 1 WHERE tenant = ? AND flow = ? AND step = ? AND run = ? AND subject = ?", m.tenant, m.flow, m.step, m.run, m.subject); err != nil {
			return err
		}
		// Of those that count, the last one of a subject says it all; a step whose subject changes with every run keeps some.
		_, err := tx.ExecContext(ctx, `DELETE FROM connection_marks WHERE tenant = ?1 AND flow = ?2 AND step = ?3 AND settled = 1 AND (
			subject = ?4 AND (created_at, run) <
				(SELECT created_at, run FROM connection_marks WHERE tenant = ?1 AND flow = ?2 AND step = ?3 AND subject = ?4 AND settled = 1 ORDER BY created_at DESC, run DESC LIMIT 1)
			OR rowid IN (SELECT rowid FROM connection_marks WHERE tenant = ?1 AND flow = ?2 AND step = ?3 AND settled = 1 ORDER BY created_at DESC, run DESC LIMIT -1 OFFSET ?5))`,
			m.tenant, m.flow, m.step, m.subject, mostSubjects)
		return err
	})
}

// Mark is how far a step that reads only what is new has come.
type Mark struct {
	Step    string          `json:"step" doc:"Its id, with the instances of containers around it"`
	Subject json.RawMessage `json:"subject" doc:"What it reads: tables, queries and their values, where the connection leads to, columns"`
	Value   string          `json:"value" doc:"How far it has come; the beginning of it where that is long"`
	RunID   string          `json:"run_id" doc:"Of the run that has come so far"`
	At      time.Time       `json:"at" doc:"When that looked"`
}

// mostShown is how much of a mark is shown, in bytes.
const mostShown = 200

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
		if len(m.Value) > mostShown { // which objects or rows were seen means nothing to people
			m.Value = strings.ToValidUTF8(m.Value[:mostShown], "") + "…"
		}
		m.Subject, m.At = json.RawMessage(subject), time.UnixMilli(at).UTC()
		all = append(all, m)
	}
	return all, rows.Err()
}

// Forget lets the steps of a flow begin anew, or only one of them, also where a run is under way: what that comes to is forgotten, too.
func (s *Service) Forget(ctx context.Context, tenant, flow, step string) error {
	res, err := s.store.db.Write.ExecContext(ctx, "DELETE FROM connection_marks WHERE tenant = ? AND flow = ? AND (step = ? OR ? = '')", tenant, flow, step, step)
	if err != nil {
		return fmt.Errorf("forget how far steps have come: %w", s.store.db.Refusal(err))
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 && step != "" {
		return errs.NotFound("mark_not_found", "Nothing is remembered of a step %q.", step).WithHint("List the marks of the flow; steps within containers are called by their whole path, such as each[0]/read.")
	}
	return err
}
