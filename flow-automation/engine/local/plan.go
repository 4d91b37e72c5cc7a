package local

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"dataflow/flow-automation/engine"
)

// However many runs there are, a page of a list is read in little time: it is merged from parts, each of which an index
// has in the order asked for, so that about as many rows are read as the page has. That is why an index begins with the
// status, of which there are few: a list of all statuses is merged from one part for each.
const (
	// partsMax bounds how many parts are looked at. A name that so many flows have is found soon in the list of all runs.
	partsMax = 5000
	// foremostMin is from how many parts on it is worth looking first which of them matter.
	foremostMin = 8
	// sortedMax bounds how many runs of a span of time are sorted when the list is not by time.
	sortedMax = 20_000
)

// runStatuses are those that runs can have.
var runStatuses = []engine.Status{engine.Queued, engine.Running, engine.Succeeded, engine.Failed, engine.Skipped, engine.Canceled}

// part is what one index gives for a list, in order.
type part struct {
	index      string
	conditions []string
	args       []any
	head       *int64 // what its first run is sorted by, where that is known; the parts are in this order then
}

func (p part) and(condition string, args ...any) part {
	p.conditions, p.args = append(slices.Clip(p.conditions), condition), append(slices.Clip(p.args), args...)
	return p
}

// span is a span of time in which runs were created, in microseconds; from is in it, to is not, 0 is open.
type span struct{ from, to int64 }

func (s span) within(other span) span {
	if s.from < other.from {
		s.from = other.from
	}
	if s.to == 0 || (other.to != 0 && other.to < s.to) {
		s.to = other.to
	}
	return s
}

func (q *listing) span() span {
	var s span
	if !q.filter.Since.IsZero() {
		s.from = q.filter.Since.UnixMicro()
	}
	if !q.filter.Until.IsZero() {
		s.to = q.filter.Until.UnixMicro()
	}
	return s
}

// plan finds the parts of the list.
func (q *listing) plan(ctx context.Context, tx *sql.Tx) ([]part, error) {
	f := &q.filter
	var flows []int64
	var err error
	if f.FlowID != "" {
		if flows, err = flowsOf(ctx, tx, q.tenant, f.FlowID); err != nil || len(flows) == 0 {
			return nil, err
		}
	}
	if f.Query == "" {
		return q.parts(ctx, tx, flows, f.FlowID != "", q.span())
	}
	named, err := flowsNamed(ctx, tx, q.tenant, f.Query)
	if err != nil {
		return nil, err
	}
	if f.FlowID != "" {
		named = slices.DeleteFunc(named, func(no int64) bool { return !slices.Contains(flows, no) })
	}
	var all []part
	if len(named) > 0 {
		if all, err = q.parts(ctx, tx, named, true, q.span()); err != nil {
			return nil, err
		}
	}
	// The text may be an identifier, or its beginning, which stands for a span of time.
	if at, ok := idSpan(f.Query); ok {
		like := strings.ToLower(likeEscape.Replace(f.Query)) + "%"
		more, err := q.parts(ctx, tx, flows, f.FlowID != "", q.span().within(at))
		if err != nil {
			return nil, err
		}
		for _, p := range more {
			all = append(all, p.and(`id LIKE ? ESCAPE '\'`, like))
		}
	}
	if len(f.Query) >= tailLength && len(f.Query) <= ulid.EncodedSize {
		id := strings.ToLower(f.Query)
		p := part{index: "runs_tail"}.and("tenant = ?", q.tenant).and("substr(id, -8) = ?", id[len(id)-tailLength:]).
			and(`id LIKE ? ESCAPE '\'`, "%"+likeEscape.Replace(id))
		all = append(all, q.restrict(p, flows, f.FlowID != "", true, q.span()))
	}
	return all, nil
}

// tailLength is how much of an identifier's end people see.
const tailLength = 8

// parts are the runs of the given flows, or of all, that were created in the span.
func (q *listing) parts(ctx context.Context, tx *sql.Tx, flows []int64, some bool, at span) ([]part, error) {
	f := &q.filter
	byTime := q.by.column == "created_at"
	one := func(index string, condition string, args ...any) ([]part, error) {
		p := part{index: index}.and("tenant = ?", q.tenant).and(condition, args...)
		return []part{q.restrict(p, flows, some, true, at)}, nil
	}
	switch {
	case f.Parent != "":
		return one("runs_parent", "parent = ? AND parent <> ''", f.Parent)
	case f.Backfill != "":
		return one("runs_backfill", "backfill = ? AND backfill <> ''", f.Backfill)
	case f.Paused && !some:
		return one("runs_paused", "paused_by <> ''")
	case f.Late && !some && byTime:
		return one("runs_late", "late = 1")
	}
	ordered := byTime
	if !byTime && at != (span{}) {
		few, err := q.few(ctx, tx, at)
		if err != nil {
			return nil, err
		}
		ordered = few // by time all the same, for sorting those few is less than looking for them
	}
	name := map[bool]string{true: "", false: "_duration"}[ordered]
	statuses := q.statuses()
	if !some {
		return q.byTenant(statuses, "runs_status"+name, nil, false, at), nil
	}
	known, err := counts(ctx, tx, q.tenant, flows)
	if err != nil {
		return nil, err
	}
	known = slices.DeleteFunc(known, func(c count) bool { return !slices.Contains(statuses, c.status) })
	if len(known) > partsMax {
		return q.byTenant(statuses, "runs_status"+name, flows, true, at), nil
	}
	return q.foremost(ctx, tx, known, "runs_flow"+name, at)
}

// foremost gives the parts of flows and statuses. Of very many only those are left that can be on the page: as many as it
// has runs, by the first run of each.
func (q *listing) foremost(ctx context.Context, tx *sql.Tx, known []count, index string, at span) (parts []part, err error) {
	one := func(flow, status any, compare string) part {
		return q.restrict(part{index: index}.and("flow = "+compare, flow).and("status = "+compare, status), nil, false, false, at)
	}
	if len(known) <= foremostMin {
		for _, c := range known {
			parts = append(parts, one(c.flow, string(c.status), "?"))
		}
		return parts, nil
	}
	pairs := make([][]any, len(known))
	for i, c := range known {
		pairs[i] = []any{c.flow, c.status}
	}
	list, err := json.Marshal(pairs)
	if err != nil {
		return nil, err
	}
	p := q.continued(one(0, 1, "k.value ->> ?"))
	dir := q.by.direction()
	query := fmt.Sprintf("SELECT k.key AS key, (SELECT %s FROM runs INDEXED BY %s WHERE %s ORDER BY %s %s, no %s LIMIT 1) AS head FROM json_each(?) k",
		q.by.column, p.index, strings.Join(p.conditions, " AND "), q.by.column, dir, dir)
	rows, err := tx.QueryContext(ctx, "SELECT key, head FROM ("+query+") WHERE head IS NOT NULL ORDER BY head "+dir, append(slices.Clip(p.args), string(list))...) //nolint:gosec // of our own words; values are bound
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var i int
		var head int64
		if err := rows.Scan(&i, &head); err != nil {
			return nil, err
		}
		if len(parts) > q.limit && head != *parts[len(parts)-1].head {
			break // those with the same head as the last are of use still: their numbers decide
		}
		next := one(known[i].flow, string(known[i].status), "?")
		next.head = &head
		parts = append(parts, next)
	}
	return parts, rows.Err()
}

func (q *listing) byTenant(statuses []engine.Status, index string, flows []int64, some bool, at span) []part {
	all := make([]part, 0, len(statuses))
	for _, s := range statuses {
		p := part{index: index}.and("tenant = ?", q.tenant).and("status = ?", string(s))
		all = append(all, q.restrict(p, flows, some, false, at))
	}
	return all
}

// restrict adds what the index of a part does not know.
func (q *listing) restrict(p part, flows []int64, some, statuses bool, at span) part {
	f := &q.filter
	if some {
		p = p.and("flow IN (SELECT value FROM json_each(?))", fmt.Sprint(strings.ReplaceAll(fmt.Sprint(flows), " ", ",")))
	}
	if statuses && len(f.Statuses) > 0 {
		wanted := q.statuses()
		args := make([]any, len(wanted))
		for i, s := range wanted {
			args[i] = string(s)
		}
		p = p.and("status IN ("+marks(len(args))+")", args...)
	}
	if at.from != 0 {
		p = p.and("created_at >= ?", at.from)
	}
	if at.to != 0 {
		p = p.and("created_at < ?", at.to)
	}
	if f.Parent != "" {
		p = p.and("parent = ?", f.Parent)
	}
	if f.Backfill != "" {
		p = p.and("backfill = ?", f.Backfill)
	}
	if f.Paused {
		p = p.and("paused_by <> ''")
	}
	if f.Late {
		p = p.and("late = 1")
	}
	return p
}

func (q *listing) statuses() []engine.Status {
	if len(q.filter.Statuses) == 0 {
		return runStatuses
	}
	return slices.Compact(slices.Sorted(slices.Values(q.filter.Statuses)))
}

// few says whether few runs of the tenant were created in the span.
func (q *listing) few(ctx context.Context, tx *sql.Tx, at span) (bool, error) {
	left := sortedMax + 1
	for _, s := range q.statuses() {
		p := q.restrict(part{index: "runs_status"}.and("tenant = ?", q.tenant).and("status = ?", string(s)), nil, false, false, at)
		var n int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM runs INDEXED BY runs_status WHERE "+strings.Join(p.conditions, " AND ")+" LIMIT ?)",
			append(p.args, left)...).Scan(&n)
		if err != nil {
			return false, err
		}
		if left -= n; left <= 0 {
			return false, nil
		}
	}
	return true, nil
}

// idSpan gives the span of time of the runs whose identifier begins with the text; ok is false when none does.
func idSpan(text string) (at span, ok bool) {
	const stamp = 10 // characters of an identifier that tell the time
	upper := strings.ToUpper(text)
	for _, c := range upper {
		if !strings.ContainsRune(ulid.Encoding, c) {
			return span{}, false
		}
	}
	if text == "" || len(text) > ulid.EncodedSize || upper[0] > '7' {
		return span{}, false
	}
	upper = upper[:min(len(upper), stamp)]
	pad := func(with string) int64 {
		id, err := ulid.ParseStrict(upper + strings.Repeat(with, stamp-len(upper)) + strings.Repeat("0", ulid.EncodedSize-stamp))
		if err != nil {
			return -1
		}
		return int64(id.Time()) //nolint:gosec // 48 bits
	}
	from, to := pad("0"), pad("Z")
	if from < 0 || to < 0 {
		return span{}, false
	}
	const micros = int64(time.Millisecond / time.Microsecond)
	return span{from * micros, (to + 1) * micros}, true
}
