package duck

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck/plaincsv"
)

// firstLook is the part of the sample that tells the types of the columns where all that follows in it is alike.
const firstLook = 4

// scanPlain gives the query of a file that is written plainly, as far as its beginning tells; no text when it is not.
func (r *reading) scanPlain(ctx context.Context, sample []byte, all bool, rows int64) (text string, columns []table.Column, err error) {
	d, err := sniff(sample, all, r.file, r.opts)
	if err != nil {
		return "", nil, err
	}
	for _, typ := range r.opts.Types {
		if !strings.EqualFold(strings.TrimSpace(typ), "VARCHAR") {
			return "", nil, nil
		}
	}
	if d.skip > 0 || d.escape != 0 && d.escape != d.quote {
		return "", nil, nil
	}
	f := plaincsv.File{Delimiter: d.delim, Quote: d.quote, Header: d.header, Nulls: r.nulls()}
	if look := int(r.e.sample / firstLook); len(sample) > look {
		if f.Columns, err = r.plainColumns(ctx, sample[:look], false, d, true); err != nil {
			return "", nil, err
		}
	}
	if !f.Plain(sample, all, true) {
		if f.Columns, err = r.plainColumns(ctx, sample, all, d, false); err != nil || !f.Plain(sample, all, false) {
			return "", nil, err
		}
	}
	columns = make([]table.Column, len(f.Columns))
	for i, c := range f.Columns {
		columns[i] = table.Column{Name: c.Name, Type: c.Type}
	}
	return "SELECT * FROM " + f.Call(r.path, rows), columns, nil
}

// plainColumns are those that a sample suggests; none when there is a mistake in it or, where all have to be settled, a column
// that more of it could make another of.
func (r *reading) plainColumns(ctx context.Context, sample []byte, all bool, d dialect, settled bool) ([]plaincsv.Column, error) {
	types, p, err := r.typesIn(sample, all, d)
	if err != nil || p != nil && (all || !strings.Contains(p.message, "never closed")) {
		return nil, err
	}
	if settled && slices.ContainsFunc(types, func(t csvType) bool { return t.open }) {
		return nil, nil
	}
	columns, err := r.columns(ctx, d, types, true)
	if err != nil {
		return nil, err
	}
	out := make([]plaincsv.Column, len(columns))
	for i, c := range columns {
		out[i] = plaincsv.Column{Name: c.Name, Type: c.Type}
	}
	return out, nil
}

// inOrder is the refusal of a plan that DuckDB would read by one thread: what becomes of the rows needs their order, which only
// its own reader can keep with many threads.
type inOrder struct{ error }

// DuckDB's own reader is worth its while for large files, and when it has more threads than those that plaincsv does
// the work of by itself.
const (
	orderedSize    = 32 << 20
	orderedThreads = 2
)

// keepsOrder says whether a plan with a large file, read by plaincsv, leaves processors without work.
func (e *Engine) keepsOrder(ctx context.Context, s *session, c *compiled, plan *table.Plan) (bool, error) {
	if c.plain <= orderedSize || e.pool.cfg.Threads <= orderedThreads {
		return false, nil
	}
	var key, text string
	const head = "EXPLAIN (FORMAT json) "
	if err := s.query(ctx, head+c.text, c.args, []any{&key, &text}, func() error { return nil }); err != nil {
		return false, c.ofFiles(shifted(err, len(head)), plan)
	}
	var roots []operator
	if err := json.Unmarshal([]byte(text), &roots); err != nil {
		return false, errs.Internal(fmt.Errorf("plan: %w", err))
	}
	return slices.ContainsFunc(roots, operator.ordered), nil
}

// mixed says whether a plan reads other tables beside small files: DuckDB tells how far it is with all that it reads itself.
func (e *Engine) mixed(ctx context.Context, tenant string, plan *table.Plan) bool {
	var size int64
	for _, file := range filesOf(plan) {
		found, _, err := e.scan(ctx, tenant, file, anyReader)
		if err != nil {
			return false // it is told when it is read
		}
		if found.plain {
			size += found.size
		}
	}
	return size > 0 && size <= orderedSize && ofArtifacts(plan)
}

func ofArtifacts(plan *table.Plan) bool {
	for _, in := range plan.Inputs {
		if in.Plan == nil && in.File == nil || in.Plan != nil && ofArtifacts(in.Plan) {
			return true
		}
	}
	return false
}

// leavePlain has files that are not plain after all be read as they would be without plaincsv; false when there are none.
func (e *Engine) leavePlain(ctx context.Context, tenant string, plan *table.Plan) (left bool) {
	for _, file := range filesOf(plan) {
		state, err := stateOf(file)
		if err != nil {
			return false
		}
		if found, _ := e.scans.get(anyReader.of(state)); !found.plain {
			continue
		}
		found, _, err := e.scan(ctx, tenant, file, duckReader)
		if err != nil {
			return false
		}
		e.scans.put(anyReader.of(state), found)
		left = true
	}
	return left
}

// operator is one of a physical plan of DuckDB.
type operator struct {
	Name     string
	Children []operator
}

// breakers take all rows in whatever order before they give any, give them in none, or only need the first.
var breakers = []string{"GROUP_BY", "AGGREGATE", "ORDER_BY", "TOP_N", "WINDOW", "LIMIT", "DISTINCT", "JOIN"}

// ordered says whether rows come through from plaincsv in their order.
func (o operator) ordered() bool {
	name := strings.ToUpper(o.Name)
	if strings.Contains(name, strings.ToUpper(plaincsv.Function)) {
		return true
	}
	if slices.ContainsFunc(breakers, func(b string) bool { return strings.Contains(name, b) && !strings.Contains(name, "STREAMING_WINDOW") }) {
		return false
	}
	children := o.Children
	if name == "CTE" && len(children) > 1 { // what is computed beforehand is in no order
		children = children[1:]
	}
	return slices.ContainsFunc(children, operator.ordered)
}
