package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"dataflow/flow-automation/engine"
)

// flowNamesKept bounds how many flows' numbers the writer remembers.
const flowNamesKept = 10_000

// flowNames are what a list shows of the flow of a run. Runs with the same names share a number, by which they are found.
type flowNames struct{ tenant, id, name, title string }

func (h *head) flowNames() flowNames { return flowNames{h.Tenant, h.FlowID, h.FlowName, h.FlowTitle} }

// number gives every row the number of its flow, and makes those that are missing. fresh are the latter: they count once
// tx is committed.
func (w *writer) number(ctx context.Context, tx *sql.Tx, rows []*row) (fresh map[flowNames]int64, err error) {
	for _, r := range rows {
		names := r.head.flowNames()
		no, known := w.flows[names]
		if !known {
			no, known = fresh[names]
		}
		if !known {
			if no, err = flowNumber(ctx, tx, names); err != nil {
				return nil, err
			}
			if fresh == nil {
				fresh = map[flowNames]int64{}
			}
			fresh[names] = no
		}
		r.flow = no
	}
	return fresh, nil
}

func flowNumber(ctx context.Context, tx *sql.Tx, f flowNames) (no int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT no FROM run_flows WHERE tenant = ? AND flow_id = ? AND name = ? AND title = ?", f.tenant, f.id, f.name, f.title).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.QueryRowContext(ctx, "INSERT INTO run_flows (tenant, flow_id, name, title) VALUES (?, ?, ?, ?) RETURNING no", f.tenant, f.id, f.name, f.title).Scan(&no)
	}
	if err != nil {
		return 0, fmt.Errorf("write the flow of a run: %w", err)
	}
	return no, nil
}

// remember keeps numbers that are committed.
func (w *writer) remember(fresh map[flowNames]int64) {
	if len(fresh) == 0 {
		return
	}
	if w.flows == nil || len(w.flows) >= flowNamesKept {
		w.flows = map[flowNames]int64{}
	}
	for names, no := range fresh {
		w.flows[names] = no
	}
}

// flowsOf gives the numbers of a flow, of which it has one for each name that it ever had.
func flowsOf(ctx context.Context, tx *sql.Tx, tenant, flowID string) ([]int64, error) {
	return numbersOf(ctx, tx, "SELECT no FROM run_flows WHERE tenant = ? AND flow_id = ?", tenant, flowID)
}

// trigram is the least number of characters that the index of names finds.
const trigram = 3

// flowsNamed gives the numbers of the flows that have the text in their name or title.
func flowsNamed(ctx context.Context, tx *sql.Tx, tenant, text string) ([]int64, error) {
	like := "%" + likeEscape.Replace(text) + "%"
	where, args := `tenant = ? AND (name LIKE ? ESCAPE '\' OR title LIKE ? ESCAPE '\')`, []any{tenant, like, like}
	if utf8.RuneCountInString(text) >= trigram {
		// The index disregards more differences of case than LIKE does; those who look for a name do not mind.
		where, args = "no IN (SELECT rowid FROM run_flows_text WHERE run_flows_text MATCH ?) AND tenant = ?",
			[]any{`"` + strings.ReplaceAll(text, `"`, `""`) + `"`, tenant}
	}
	return numbersOf(ctx, tx, "SELECT no FROM run_flows WHERE "+where, args...)
}

func numbersOf(ctx context.Context, tx *sql.Tx, query string, args ...any) (all []int64, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find flows: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var no int64
		if err := rows.Scan(&no); err != nil {
			return nil, fmt.Errorf("find flows: %w", err)
		}
		all = append(all, no)
	}
	return all, rows.Err()
}

// count is the number of runs of one flow in one status.
type count struct {
	flow   int64
	status engine.Status
	n      int64
}

// counts gives the counts of flows that are not 0.
func counts(ctx context.Context, tx *sql.Tx, tenant string, flows []int64) (all []count, err error) {
	for part := range slices.Chunk(flows, 500) {
		args := append(make([]any, 0, len(part)+1), tenant)
		for _, no := range part {
			args = append(args, no)
		}
		rows, err := tx.QueryContext(ctx, "SELECT flow, status, n FROM run_counts WHERE tenant = ? AND n > 0 AND flow IN ("+marks(len(part))+")", args...) //nolint:gosec // of question marks; values are bound
		if err != nil {
			return nil, fmt.Errorf("count runs: %w", err)
		}
		for rows.Next() {
			var c count
			if err = rows.Scan(&c.flow, &c.status, &c.n); err != nil {
				break
			}
			all = append(all, c)
		}
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // in a loop
			return nil, fmt.Errorf("count runs: %w", err)
		}
	}
	return all, nil
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// reading does f on one state of the database.
func (e *Engine) reading(ctx context.Context, f func(tx *sql.Tx) error) (err error) {
	tx, err := e.db.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("read runs: %w", err)
	}
	defer func() { err = errors.Join(err, rollback(tx)) }()
	return f(tx)
}

// Counts gives the number of runs by status, of one flow or of all.
func (e *Engine) Counts(ctx context.Context, tenant, flowID string) (map[engine.Status]int64, error) {
	if err := e.writer.flush(ctx); err != nil {
		return nil, fmt.Errorf("bring runs up to date: %w", err)
	}
	query, args := "SELECT status, sum(n) FROM run_counts WHERE tenant = ?", []any{tenant}
	if flowID != "" {
		query, args = query+" AND flow IN (SELECT no FROM run_flows WHERE tenant = ? AND flow_id = ?)", append(args, tenant, flowID)
	}
	return e.count(ctx, query, args...)
}

// BackfillCounts gives the number of runs of a backfill by status.
func (e *Engine) BackfillCounts(ctx context.Context, tenant, backfill string) (map[engine.Status]int64, error) {
	if err := e.writer.flush(ctx); err != nil {
		return nil, fmt.Errorf("bring runs up to date: %w", err)
	}
	return e.count(ctx, "SELECT status, count(*) FROM runs INDEXED BY runs_backfill_status WHERE tenant = ? AND backfill = ? AND backfill <> ''", tenant, backfill)
}

func (e *Engine) count(ctx context.Context, query string, args ...any) (byStatus map[engine.Status]int64, err error) {
	rows, err := e.db.Read.QueryContext(ctx, query+" GROUP BY status", args...)
	if err != nil {
		return nil, fmt.Errorf("count runs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	byStatus = map[engine.Status]int64{}
	for rows.Next() {
		var s engine.Status
		var n int64
		if err := rows.Scan(&s, &n); err != nil {
			return nil, fmt.Errorf("count runs: %w", err)
		}
		if n != 0 {
			byStatus[s] = n
		}
	}
	return byStatus, rows.Err()
}
