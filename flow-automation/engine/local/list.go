package local

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/errs"
)

var cursorCoding = base64.RawURLEncoding

// The sizes of pages of runs.
const (
	runPage    = 50
	runPageMax = 500
)

// order is one way to sort runs: by a column that an index has after the tenant, and by number where that is equal.
type order struct {
	column string
	desc   bool
	value  func(r *row) int64
}

func orderOf(sort string) (order, error) {
	name, desc := strings.CutPrefix(sort, "-")
	switch name {
	case "":
		return order{"created_at", true, createdOf}, nil
	case "created_at":
		return order{"created_at", desc, createdOf}, nil
	case "duration":
		return order{"duration", desc, durationOf}, nil
	}
	return order{}, errs.Invalid("sort_unknown", "Runs cannot be sorted by %q; use created_at, -created_at, duration or -duration.", sort)
}

func createdOf(r *row) int64 { return int64(r.head.Created) }

func durationOf(r *row) int64 {
	if r.ended == 0 {
		return 0
	}
	begin := r.started
	if begin == 0 {
		begin = r.head.Created
	}
	return max(1, int64(r.ended-begin))
}

// cursor is where the next page begins. It travels as text that callers do not look into.
type cursor struct {
	Value int64 `json:"v"`
	No    int64 `json:"n"`
}

// Runs gives one page of runs, without parameters and the trigger's data.
func (e *Engine) Runs(ctx context.Context, tenant string, f engine.RunFilter) (page []engine.Run, next string, err error) {
	by, err := orderOf(f.Sort)
	if err != nil {
		return nil, "", err
	}
	where, args, err := conditions(tenant, f, by)
	if err != nil {
		return nil, "", err
	}
	if err := e.writer.flush(ctx); err != nil {
		return nil, "", fmt.Errorf("bring runs up to date: %w", err)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = runPage
	}
	limit = min(limit, runPageMax)
	direction := "ASC"
	if by.desc {
		direction = "DESC"
	}
	query := fmt.Sprintf("%s WHERE %s ORDER BY %s %s, no %s LIMIT ?", selectRuns, where, by.column, direction, direction) //nolint:gosec // of our own words; values are bound
	rows, err := e.db.Read.QueryContext(ctx, query, append(args, limit+1)...)
	if err != nil {
		return nil, "", fmt.Errorf("list runs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	page = []engine.Run{}
	var last *row
	for rows.Next() {
		r, err := scanRow(rows.Scan)
		if err != nil {
			return nil, "", fmt.Errorf("list runs: %w", err)
		}
		if len(page) == limit {
			next = encodeCursor(cursor{by.value(last), last.no})
			break
		}
		last = r
		page = append(page, r.view())
	}
	return page, next, rows.Err()
}

func conditions(tenant string, f engine.RunFilter, by order) (where string, args []any, err error) {
	parts, args := []string{"tenant = ?"}, []any{tenant}
	add := func(part string, values ...any) {
		parts, args = append(parts, part), append(args, values...)
	}
	if f.FlowID != "" {
		add("flow_id = ?", f.FlowID)
	}
	if statuses := slices.Compact(slices.Sorted(slices.Values(f.Statuses))); len(statuses) > 0 {
		values := make([]any, len(statuses))
		for i, s := range statuses {
			values[i] = string(s)
		}
		add("status IN ("+strings.TrimSuffix(strings.Repeat("?,", len(values)), ",")+")", values...)
	}
	if f.Backfill != "" {
		add("backfill = ? AND backfill <> ''", f.Backfill)
	}
	if f.Parent != "" {
		add("parent = ? AND parent <> ''", f.Parent)
	}
	if f.Paused {
		add("paused_by <> ''")
	}
	if f.Late {
		add("late = 1")
	}
	if f.Query != "" {
		like := "%" + likeEscape.Replace(f.Query) + "%"
		add(`(flow_name LIKE ? ESCAPE '\' OR flow_title LIKE ? ESCAPE '\' OR id LIKE ? ESCAPE '\')`, like, like, like)
	}
	if !f.Since.IsZero() {
		add("created_at >= ?", f.Since.UnixMicro())
	}
	if !f.Until.IsZero() {
		add("created_at < ?", f.Until.UnixMicro())
	}
	if f.Cursor != "" {
		c, err := decodeCursor(f.Cursor)
		if err != nil {
			return "", nil, err
		}
		op := ">"
		if by.desc {
			op = "<"
		}
		add(fmt.Sprintf("(%s, no) %s (?, ?)", by.column, op), c.Value, c.No)
	}
	return strings.Join(parts, " AND "), args, nil
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func encodeCursor(c cursor) string {
	text, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return cursorCoding.EncodeToString(text)
}

func decodeCursor(text string) (c cursor, err error) {
	data, err := cursorCoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return c, errs.Invalid("cursor_invalid", "The cursor %q is not one that a list gave; begin at the first page.", text)
	}
	return c, nil
}
