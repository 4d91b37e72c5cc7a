package local

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/run"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// row is a run as lists show it; once made it is never changed.
type row struct {
	no                 int64
	flow               int64 // number of its flow's names; known to the writer only
	head               *head
	status             engine.Status
	started, ended     run.Instant
	total, done, again int
	err                *errs.Error
	paused             string
	late               bool
	result             *value.Value
	why                string // of a run that waits; not kept
}

// rowOf is a run in that state.
func rowOf(no int64, h *head, s *run.State) *row {
	status := engine.Queued
	if s.Status() != run.Pending {
		status = engine.Status(s.Status().String())
	}
	r := &row{
		no: no, head: h, status: status, started: s.Started(), ended: s.Ended(),
		total: s.Total(), done: s.Ran(), again: s.Recoveries(), err: s.Err(), paused: s.PausedBy(), late: s.Late(),
	}
	if status.Final() {
		if v, ok := s.Result(); ok {
			r.result = &v
		}
	}
	return r
}

// logRow is one line of a step's log.
type logRow struct {
	run, seq    int64
	at          run.Instant
	step        run.Path
	level, text string
}

// The columns of runs: those that never change, then those that do.
const (
	fixedColumns = "no, id, tenant, flow_id, flow_name, flow_title, flow_version, trigger_type, trigger_id, started_by, start_key, created_at, " +
		"priority, limits, retry_of, parent, backfill"
	// flow is only written: it is how runs are found.
	keyColumns     = "flow"
	livingColumns  = "status, started_at, ended_at, duration, steps_total, steps_done, recovered, error, paused_by, late, result"
	runColumnCount = 29
)

// statements are the writer's, prepared once. Several rows go into one statement: each size below has its own.
type statements struct {
	record map[int]*sql.Stmt
	run    map[int]*sql.Stmt
	line   map[int]*sql.Stmt
	doc    *sql.Stmt
	state  *sql.Stmt
}

// sizes are the numbers of rows in one statement, largest first.
var sizes = [...]int{64, 16, 4, 1}

func (s *statements) prepare(ctx context.Context, db *sql.DB) error {
	s.record, s.run, s.line = map[int]*sql.Stmt{}, map[int]*sql.Stmt{}, map[int]*sql.Stmt{}
	columns := strings.Split(livingColumns, ", ")
	sets := make([]string, 0, len(columns))
	for _, c := range columns {
		sets = append(sets, c+" = excluded."+c)
	}
	prepare := func(text string) (*sql.Stmt, error) {
		stmt, err := db.PrepareContext(ctx, text)
		if err != nil {
			return nil, fmt.Errorf("prepare %q: %w", text, err)
		}
		return stmt, nil
	}
	var err, all error
	for _, n := range sizes {
		s.record[n], err = prepare("INSERT INTO journal (seq, run, record) VALUES " + places(n, 3)) //nolint:sqlclosecheck // close does
		all = errors.Join(all, err)
		s.run[n], err = prepare("INSERT INTO runs (" + keyColumns + ", " + fixedColumns + ", " + livingColumns + ") VALUES " + places(n, runColumnCount) + //nolint:sqlclosecheck // close does
			" ON CONFLICT (no) DO UPDATE SET " + strings.Join(sets, ", "))
		all = errors.Join(all, err)
		s.line[n], err = prepare("INSERT INTO run_logs (run, seq, at, step, level, text) VALUES " + places(n, 6)) //nolint:sqlclosecheck // close does
		all = errors.Join(all, err)
	}
	s.doc, err = prepare("INSERT INTO run_documents (hash, body) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING")
	all = errors.Join(all, err)
	s.state, err = prepare("UPDATE engine_state SET projected = ?")
	return errors.Join(all, err)
}

func (s *statements) close() error {
	var all error
	for _, group := range []map[int]*sql.Stmt{s.record, s.run, s.line} {
		for _, stmt := range group {
			all = errors.Join(all, stmt.Close())
		}
	}
	for _, stmt := range []*sql.Stmt{s.doc, s.state} {
		if stmt != nil {
			all = errors.Join(all, stmt.Close())
		}
	}
	return all
}

// places is n times (?, ?, …) with columns question marks.
func places(n, columns int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	return strings.TrimSuffix(strings.Repeat(one+",", n), ",")
}

// inChunks inserts count rows with as few statements as the prepared sizes allow.
func inChunks(ctx context.Context, tx *sql.Tx, stmts map[int]*sql.Stmt, count int, add func(args []any, i int) []any) error {
	var args []any
	for i := 0; i < count; {
		for _, n := range sizes {
			if n > count-i {
				continue
			}
			args = args[:0]
			for k := range n {
				args = add(args, i+k)
			}
			if _, err := tx.StmtContext(ctx, stmts[n]).ExecContext(ctx, args...); err != nil { //nolint:sqlclosecheck // the transaction closes it
				return err
			}
			i += n
			break
		}
	}
	return nil
}

func (s *statements) document(ctx context.Context, tx *sql.Tx, d *document) error {
	if _, err := tx.StmtContext(ctx, s.doc).ExecContext(ctx, d.hash[:], d.body); err != nil { //nolint:sqlclosecheck // the transaction closes it
		return fmt.Errorf("write document: %w", err)
	}
	return nil
}

func (s *statements) records(ctx context.Context, tx *sql.Tx, entries []entry, seq int64) error {
	err := inChunks(ctx, tx, s.record, len(entries), func(args []any, i int) []any {
		return append(args, seq+int64(i)+1, entries[i].run, entries[i].record)
	})
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

func (s *statements) rows(ctx context.Context, tx *sql.Tx, rows []*row) error {
	slices.SortFunc(rows, func(a, b *row) int { return cmp.Compare(a.no, b.no) })
	err := inChunks(ctx, tx, s.run, len(rows), func(args []any, i int) []any {
		return rows[i].args(args)
	})
	if err != nil {
		return fmt.Errorf("write runs: %w", err)
	}
	return nil
}

func (s *statements) logs(ctx context.Context, tx *sql.Tx, logs []logRow) error {
	err := inChunks(ctx, tx, s.line, len(logs), func(args []any, i int) []any {
		l := &logs[i]
		return append(args, l.run, l.seq, int64(l.at), string(l.step), l.level, l.text)
	})
	if err != nil {
		return fmt.Errorf("write logs: %w", err)
	}
	return nil
}

func (s *statements) projected(ctx context.Context, tx *sql.Tx, seq int64) error {
	if _, err := tx.StmtContext(ctx, s.state).ExecContext(ctx, seq); err != nil { //nolint:sqlclosecheck // the transaction closes it
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

func (r *row) args(args []any) []any {
	h := r.head
	text := ""
	if r.err != nil {
		if data, err := json.Marshal(r.err); err == nil {
			text = string(data)
		}
	}
	var duration int64 // of a run that has not ended: 0
	if r.ended != 0 {
		duration = max(1, int64(r.ended-cmp.Or(r.started, h.Created)))
	}
	parent := ""
	if h.Parent != nil {
		parent = h.Parent.RunID
	}
	return append(args, r.flow, r.no, h.ID, h.Tenant, h.FlowID, h.FlowName, h.FlowTitle, h.FlowVersion, h.Trigger.Type, h.Trigger.ID, h.By, h.Key,
		int64(h.Created), h.Priority, inJSON(h.Limits, h.Limits.none()), h.RetryOf, parent, h.Backfill,
		string(r.status), int64(r.started), int64(r.ended), duration, r.total, r.done, r.again, text, r.paused, r.late, inJSON(r.result, r.result == nil))
}

// inJSON is v as text, "" when there is nothing.
func inJSON(v any, nothing bool) string {
	if nothing {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil { // what comes here has been read from JSON
		return ""
	}
	return string(text)
}

// view is the run as callers see it.
func (r *row) view() engine.Run {
	h := r.head
	return engine.Run{
		ID: h.ID, Tenant: h.Tenant, FlowID: h.FlowID, FlowName: h.FlowName, FlowTitle: h.FlowTitle, FlowVersion: h.FlowVersion,
		Status: r.status, Params: h.Params, Trigger: h.Trigger, By: h.By, CreatedAt: h.Created.Time(),
		StartedAt: moment(r.started), EndedAt: moment(r.ended), Error: r.err,
		StepsTotal: r.total, StepsDone: r.done, Recovered: r.again, PausedBy: r.paused, Late: r.late, Priority: h.Priority,
		RetryOf: h.RetryOf, Parent: h.Parent, Backfill: h.Backfill, Targets: h.Targets, Test: h.Test, Keep: h.Keep, Result: r.result, Why: r.why,
		CallbackToken: h.Token,
	}
}

func moment(i run.Instant) *time.Time {
	if i == 0 {
		return nil
	}
	t := i.Time()
	return &t
}

// scanRow reads one row of runs, without what only its first record has.
func scanRow(scan func(into ...any) error) (*row, error) {
	r := &row{head: &head{}}
	var duration int64
	var text, bounds, parent, result string
	h := r.head
	err := scan(&r.no, &h.ID, &h.Tenant, &h.FlowID, &h.FlowName, &h.FlowTitle, &h.FlowVersion, &h.Trigger.Type, &h.Trigger.ID, &h.By, &h.Key,
		&h.Created, &h.Priority, &bounds, &h.RetryOf, &parent, &h.Backfill,
		&r.status, &r.started, &r.ended, &duration, &r.total, &r.done, &r.again, &text, &r.paused, &r.late, &result)
	if err != nil {
		return nil, err
	}
	if parent != "" {
		h.Parent = &engine.Parent{RunID: parent}
	}
	for field, into := range map[string]any{bounds: &h.Limits, result: &r.result} {
		if field == "" {
			continue
		}
		if err := json.Unmarshal([]byte(field), into); err != nil {
			return nil, fmt.Errorf("row of run %s: %w", h.ID, err)
		}
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &r.err); err != nil {
			return nil, fmt.Errorf("error of run %s: %w", h.ID, err)
		}
	}
	return r, nil
}
