package local

import (
	"cmp"
	"context"
	"database/sql"
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

// order is one way to sort runs: by a column, and by number where that is equal.
type order struct {
	column string
	desc   bool
	value  func(r *row) int64
}

var newestFirst = order{"created_at", true, createdOf}

func orderOf(sort string) (order, error) {
	name, desc := strings.CutPrefix(sort, "-")
	switch name {
	case "":
		return newestFirst, nil
	case "created_at":
		return order{"created_at", desc, createdOf}, nil
	case "duration":
		return order{"duration", desc, durationOf}, nil
	}
	return order{}, errs.Invalid("sort_unknown", "Runs cannot be sorted by %q; use created_at, -created_at, duration or -duration.", sort)
}

func (o order) direction() string {
	if o.desc {
		return "DESC"
	}
	return "ASC"
}

func (o order) compare(a, b cursor) int {
	c := cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.No, b.No))
	if o.desc {
		return -c
	}
	return c
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
	q := &listing{tenant: tenant, filter: f, limit: f.Limit}
	if q.by, err = orderOf(f.Sort); err != nil {
		return nil, "", err
	}
	if f.Cursor != "" {
		if q.after, err = decodeCursor(f.Cursor); err != nil {
			return nil, "", err
		}
	}
	if q.limit <= 0 {
		q.limit = runPage
	}
	q.limit = min(q.limit, runPageMax)
	if err := e.writer.flush(ctx); err != nil {
		return nil, "", fmt.Errorf("bring runs up to date: %w", err)
	}
	page = []engine.Run{}
	err = e.reading(ctx, func(tx *sql.Tx) error {
		parts, err := q.plan(ctx, tx)
		if err != nil {
			return err
		}
		keys, err := q.merge(ctx, tx, parts)
		if err != nil {
			return err
		}
		if len(keys) > q.limit {
			next = encodeCursor(keys[q.limit-1])
			keys = keys[:q.limit]
		}
		return rowsAt(ctx, tx, keys, func(r *row) { page = append(page, r.view()) })
	})
	if err != nil {
		return nil, "", fmt.Errorf("list runs: %w", err)
	}
	return page, next, nil
}

// listing is one page of a list in the making.
type listing struct {
	tenant string
	filter engine.RunFilter
	by     order
	after  *cursor
	limit  int
}

// merge gives the first keys of all parts together, one more than a page has when there is a next one.
func (q *listing) merge(ctx context.Context, tx *sql.Tx, parts []part) (keys []cursor, err error) {
	statements := map[string]*sql.Stmt{}
	defer func() {
		for _, s := range statements {
			err = errors.Join(err, s.Close())
		}
	}()
	for i := range parts {
		p := &parts[i]
		if p.head != nil && len(keys) > q.limit {
			keys = q.first(keys)
			if last := keys[q.limit]; q.by.compare(cursor{*p.head, last.No}, last) > 0 {
				continue // all of it comes after the page
			}
		}
		text, args := q.statement(p)
		stmt := statements[text]
		if stmt == nil {
			if stmt, err = tx.PrepareContext(ctx, text); err != nil {
				return nil, err
			}
			statements[text] = stmt
		}
		found, err := keysOf(ctx, stmt, args)
		if err != nil {
			return nil, err
		}
		keys = append(keys, found...)
	}
	return q.first(keys), nil
}

func (q *listing) first(keys []cursor) []cursor {
	slices.SortFunc(keys, q.by.compare)
	keys = slices.Compact(keys) // a run may be in several parts
	return keys[:min(len(keys), q.limit+1)]
}

// continued restricts a part to what comes after the page before.
func (q *listing) continued(p part) part {
	if q.after == nil {
		return p
	}
	op := ">"
	if q.by.desc {
		op = "<"
	}
	return p.and(fmt.Sprintf("(%s, no) %s (?, ?)", q.by.column, op), q.after.Value, q.after.No)
}

// statement gives the first keys of a part.
func (q *listing) statement(p *part) (text string, args []any) {
	c := q.continued(*p)
	dir := q.by.direction()
	return fmt.Sprintf("SELECT %s, no FROM runs INDEXED BY %s WHERE %s ORDER BY %s %s, no %s LIMIT ?",
		q.by.column, c.index, strings.Join(c.conditions, " AND "), q.by.column, dir, dir), append(slices.Clip(c.args), q.limit+1)
}

func keysOf(ctx context.Context, stmt *sql.Stmt, args []any) (keys []cursor, err error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c cursor
		if err := rows.Scan(&c.Value, &c.No); err != nil {
			return nil, err
		}
		keys = append(keys, c)
	}
	return keys, rows.Err()
}

// rowsAt calls f for the row of each key, in their order.
func rowsAt(ctx context.Context, tx *sql.Tx, keys []cursor, f func(*row)) (err error) {
	if len(keys) == 0 {
		return nil
	}
	args := make([]any, len(keys))
	for i, k := range keys {
		args[i] = k.No
	}
	rows, err := tx.QueryContext(ctx, selectRuns+" WHERE no IN ("+marks(len(keys))+")", args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	found := make(map[int64]*row, len(keys))
	for rows.Next() {
		r, err := scanRow(rows.Scan)
		if err != nil {
			return err
		}
		found[r.no] = r
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, k := range keys {
		f(found[k.No]) // both were read on one state of the database
	}
	return nil
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func encodeCursor(c cursor) string {
	text, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return cursorCoding.EncodeToString(text)
}

func decodeCursor(text string) (*cursor, error) {
	c := new(cursor)
	data, err := cursorCoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(data, c)
	}
	if err != nil {
		return nil, errs.Invalid("cursor_invalid", "The cursor %q is not one that a list gave; begin at the first page.", text)
	}
	return c, nil
}
