package duck

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// internalPrefix begins the names under which relations see their inputs.
const internalPrefix = "_t"

// compiled is a plan fused into one query.
type compiled struct {
	text    string // with paths of artifacts
	display string // without
	args    []any
	parts   []part
	columns []table.Column
	inputs  int64 // rows of all sources together
	largest int64 // rows of the largest source
	guessed bool  // of some source it is not known how many rows it has
	plain   int64 // bytes of the files that plaincsv reads
	other   bool  // something else is read, too
	odd     []table.Odd
	release []func()
}

// part is one relation's text within the whole, which is where errors are looked up.
type part struct {
	node       string
	start, end int
	fields     []table.Span // relative to start
	columns    []string     // of its inputs
}

func (c *compiled) close() {
	for _, r := range c.release {
		r()
	}
}

// reads are the bytes that plaincsv reads, of a query that reads nothing else; 0 is not known.
func (c *compiled) reads() int64 {
	if c.other {
		return 0
	}
	return c.plain
}

// explain gives DuckDB's error the place in the user's configuration.
func (c *compiled) explain(err error) error {
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	for _, p := range c.parts {
		if p.start <= f.offset && f.offset < p.end {
			return f.at(c.text[p.start:p.end], p.fields, f.offset-p.start, p.columns, p.node)
		}
	}
	code, field, _, ok := sqltext.Raised(f.message)
	switch {
	case f.ended != nil || !ok:
	case code == codeBound:
		return c.ofBound(f, field)
	default:
		return withNode(f.public(nil), c.raiser(code, field))
	}
	if len(c.parts) == 1 {
		p := c.parts[0]
		return f.at(c.text[p.start:p.end], p.fields, -1, p.columns, p.node)
	}
	return f.public(nil)
}

// raiser gives the node whose relation raised an error; "" when several may have.
func (c *compiled) raiser(code, field string) (node string) {
	for _, p := range c.parts {
		if !sqltext.Raises(c.text[p.start:p.end], code, field) {
			continue
		}
		if node != "" {
			return ""
		}
		node = p.node
	}
	return node
}

// place is explain for a text of its own.
func place(err error, text string, fields []table.Span, columns []string) error {
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	return f.at(text, fields, f.offset, columns, "")
}

// source says how much is read of what a query gives: all of it, or a sample.
type source func(text string) string

func all(text string) string { return text }

func whole(path string) string { return "SELECT * FROM " + parquet(path) }

// noParts has DuckDB make no columns of folders such as day=2026-12-31 that a file happens to be in.
const noParts = "hive_partitioning = false"

// parquet is the table function that reads a Parquet file.
func parquet(path string) string {
	return "read_parquet(" + sqltext.Literal(path) + ", " + noParts + ")"
}

// compiler fuses a plan. Each relation becomes a named subquery, described by itself against empty inputs: that gives
// the types, and the check, without touching data.
type compiler struct {
	engine *Engine
	s      *session
	tenant string
	read   source
	by     reader

	out     *compiled
	body    strings.Builder
	display strings.Builder
	known   map[*table.Plan]relation
	leaves  map[string]relation
	shared  map[*table.Plan]bool
	count   int
}

type relation struct {
	name    string
	columns []table.Column
	rows    int64
	mode    [2]int // where in the body and in the display it says how it is part of the query
}

func (e *Engine) compile(ctx context.Context, s *session, tenant string, plan table.Plan, read source, by reader) (*compiled, error) {
	c := &compiler{
		engine: e, s: s, tenant: tenant, read: read, by: by, out: &compiled{},
		known: map[*table.Plan]relation{}, leaves: map[string]relation{}, shared: map[*table.Plan]bool{},
	}
	c.findShared(&plan, map[*table.Plan]bool{})
	root, err := c.plan(ctx, &plan)
	if err != nil {
		c.out.close()
		return nil, err
	}
	end := "\nSELECT * FROM " + root.name
	c.out.text = "WITH " + c.body.String() + end
	c.out.display = "WITH " + c.display.String() + end
	c.out.columns = root.columns
	return c.out, nil
}

func (c *compiler) findShared(p *table.Plan, seen map[*table.Plan]bool) {
	if seen[p] {
		c.shared[p] = true
		return
	}
	seen[p] = true
	for _, in := range p.Inputs {
		if in.Plan != nil {
			c.findShared(in.Plan, seen)
		}
	}
}

func (c *compiler) plan(ctx context.Context, p *table.Plan) (relation, error) {
	if r, ok := c.known[p]; ok {
		return r, nil
	}
	inputs := map[string]table.Input{}
	var names []string
	var columns []string
	var stubs []string
	for _, port := range slices.Sorted(maps.Keys(p.Inputs)) {
		r, err := c.source(ctx, p.Inputs[port])
		if err != nil {
			return relation{}, err
		}
		inputs[port] = table.Input{Port: port, Name: r.name, Columns: r.columns}
		names = append(names, strings.Trim(r.name, `"`))
		stubs = append(stubs, r.name+" AS ("+stub(r.columns)+")")
		for _, col := range r.columns {
			columns = append(columns, col.Name)
		}
	}
	settled, err := c.settle(ctx, p, inputs, names)
	if err != nil {
		return relation{}, withNode(err, p.Node)
	}
	q, err := settled.Query(inputs)
	if err != nil {
		return relation{}, withNode(err, p.Node)
	}
	if q, err = bindable(q); err != nil {
		return relation{}, withNode(err, p.Node)
	}
	if err := c.engine.check(ctx, c.s, q, names); err != nil {
		return relation{}, withNode(err, p.Node)
	}
	raw, err := c.engine.level(ctx, c.s, q, slices.Compact(stubs))
	if err != nil {
		return relation{}, withNode(place(err, q.Text, q.Fields, columns), p.Node)
	}
	if err := distinctNames(raw); err != nil {
		return relation{}, withNode(locate(err, q.Text, q.Fields, -1, ""), p.Node)
	}
	r, err := c.add(p, q, raw, columns)
	if err != nil {
		return relation{}, withNode(err, p.Node)
	}
	c.known[p] = r
	return r, nil
}

// add appends one relation to the fused text.
func (c *compiler) add(p *table.Plan, q table.Query, raw []table.Column, inputColumns []string) (relation, error) {
	shift := len(c.out.args)
	text, fields, err := renumber(q, func(n int) string { return "$" + strconv.Itoa(n+shift) })
	if err != nil {
		return relation{}, err
	}
	c.out.args = append(c.out.args, q.Args...)
	columns, fix := storable(raw)
	for _, in := range p.Inputs {
		if in.Plan != nil && strings.Count(q.Text, c.known[in.Plan].name) > 1 {
			c.compute(c.known[in.Plan])
		}
	}
	name := c.next()
	c.write(name + " AS ")
	mode := [2]int{c.body.Len(), c.display.Len()}
	c.write(inlined)
	if fix != "" {
		c.write("SELECT " + fix + " FROM (")
	}
	c.write("\n")
	start := len("WITH ") + c.body.Len()
	c.write(text)
	c.out.parts = append(c.out.parts, part{p.Node, start, start + len(text), fields, inputColumns})
	c.write("\n")
	if fix != "" {
		c.write(")")
	}
	c.write(")")
	r := relation{name: name, columns: columns, mode: mode}
	if c.shared[p] {
		c.compute(r)
	}
	return r, nil
}

// How a relation is part of the query. Both are of one length, so that one can take the place of the other.
const (
	inlined  = "NOT MATERIALIZED ("
	computed = "    MATERIALIZED ("
)

// compute has a relation computed once, for it is named more than once: else each mention would be computed by itself, with
// other outcomes where chance is in it, and at a cost that doubles with each.
func (c *compiler) compute(r relation) {
	for i, b := range []*strings.Builder{&c.body, &c.display} {
		text := b.String()
		b.Reset()
		b.WriteString(text[:r.mode[i]] + computed + text[r.mode[i]+len(computed):])
	}
}

// renumber rewrites the parameters of a query and finds its fields again in the new text. A field begins and ends at a
// token's edge, so what is before it can be rewritten by itself.
func renumber(q table.Query, replace func(n int) string) (string, []table.Span, error) {
	text, err := sqltext.Params(q.Text, len(q.Args), replace)
	if err != nil {
		return "", nil, errs.Invalid("sql_invalid", "%s", err.Error())
	}
	fields := make([]table.Span, len(q.Fields))
	for i, f := range q.Fields {
		before, errBefore := sqltext.Params(q.Text[:f.Start], len(q.Args), replace)
		until, errUntil := sqltext.Params(q.Text[:f.End], len(q.Args), replace)
		if err := errors.Join(errBefore, errUntil); err != nil {
			return "", nil, errs.Internal(err)
		}
		fields[i] = table.Span{Field: f.Field, Start: len(before), End: len(until), Written: f.Written, Statement: f.Statement}
	}
	return text, fields, nil
}

func (c *compiler) next() string {
	if c.count > 0 {
		c.write(",\n")
	}
	c.count++
	return sqltext.Quote(internalPrefix + strconv.Itoa(c.count))
}

func (c *compiler) write(text string) {
	c.body.WriteString(text)
	c.display.WriteString(text)
}

func (c *compiler) source(ctx context.Context, src table.Source) (relation, error) {
	if src.Plan != nil {
		return c.plan(ctx, src.Plan)
	}
	if src.File != nil {
		return c.file(*src.File)
	}
	if r, ok := c.leaves[src.Artifact.ID]; ok {
		return r, nil
	}
	path, release, err := c.engine.store.Path(ctx, c.tenant, src.Artifact.ID)
	if err != nil {
		return relation{}, err
	}
	c.out.release = append(c.out.release, release)
	meta, err := c.engine.meta(ctx, c.s, src.Artifact, path)
	if err != nil {
		return relation{}, err
	}
	r := relation{columns: meta.Columns, rows: meta.Rows}
	r.name = c.next()
	c.body.WriteString(r.name + " AS NOT MATERIALIZED (" + c.read(whole(path)) + ")")
	c.display.WriteString(r.name + " AS (SELECT * FROM artifact_" + src.Artifact.ID[:min(12, len(src.Artifact.ID))] + ")")
	c.out.other = true
	c.out.inputs += meta.Rows
	c.out.largest = max(c.out.largest, meta.Rows)
	c.leaves[src.Artifact.ID] = r
	return r, nil
}

// file reads a file in place.
func (c *compiler) file(file table.File) (relation, error) {
	key, err := stateOf(file)
	if err != nil {
		return relation{}, err
	}
	if r, ok := c.leaves[key]; ok {
		return r, nil
	}
	s, ok := c.engine.scans.get(c.by.of(key))
	if !ok || s.text == "" { // it is not what it was when it was looked at a moment ago
		return relation{}, unreadInPlace{errs.Conflict("file_changed", "%s cannot be read in place.", filepath.Base(file.Path))}
	}
	r := relation{columns: s.columns, rows: s.rows}
	r.name = c.next()
	c.body.WriteString(r.name + " AS NOT MATERIALIZED (" + c.read(s.text) + ")")
	c.display.WriteString(r.name + " AS (SELECT * FROM " + sqltext.Quote(filepath.Base(file.Path)) + ")")
	c.out.largest, c.out.guessed = max(c.out.largest, s.rows), c.out.guessed || !s.counted
	c.out.odd = append(c.out.odd, s.odd...)
	if s.plain {
		c.out.plain += s.size
	} else {
		c.out.other = true
	}
	c.leaves[key] = r
	return r, nil
}

// meta tells columns and rows of an artifact from its footer.
func (e *Engine) meta(ctx context.Context, s *session, ref artifact.Ref, path string) (table.Meta, error) {
	if m, ok := e.schemas.get(ref.ID); ok {
		return m, nil
	}
	m, err := s.meta(ctx, path)
	if err != nil {
		var f *failure
		if errors.As(err, &f) && f.ended == nil {
			return table.Meta{}, errs.Invalid("table_unreadable", "The artifact %.12s… is not a table.", ref.ID).Wrap(err)
		}
		return table.Meta{}, place(err, "", nil, nil)
	}
	e.schemas.put(ref.ID, m)
	return m, nil
}

func (s *session) meta(ctx context.Context, path string) (table.Meta, error) {
	columns, err := s.describe(ctx, whole(path), nil)
	if err != nil {
		return table.Meta{}, err
	}
	m := table.Meta{Columns: columns}
	err = s.one(ctx, "SELECT num_rows FROM parquet_file_metadata("+sqltext.Literal(path)+")", nil, &m.Rows)
	return m, err
}

// describe gives the columns of a query without running it.
func (s *session) describe(ctx context.Context, text string, args []any) ([]table.Column, error) {
	var name, typ string
	var skip any
	columns := []table.Column{}
	err := s.query(ctx, "DESCRIBE "+text, args, []any{&name, &typ, &skip, &skip, &skip, &skip}, func() error {
		columns = append(columns, table.Column{Name: name, Type: typ})
		return nil
	})
	if err == nil || ctx.Err() != nil || s.left != nil {
		return columns, err
	}
	// What is wrong within a DESCRIBE is told without its place; preparing the query alone tells it.
	if perr := s.apart(ctx, func() error {
		stmt, err := s.conn.PrepareContext(ctx, text)
		if err == nil {
			defer func() { _ = stmt.Close() }() // it was not run
		}
		return err
	}); perr != nil {
		return nil, s.failed(ctx, perr)
	}
	return nil, err
}

// level describes one relation over empty inputs of the right types.
func (e *Engine) level(ctx context.Context, s *session, q table.Query, stubs []string) ([]table.Column, error) {
	prefix := ""
	if len(stubs) > 0 {
		prefix = "WITH " + strings.Join(stubs, ", ") + " "
	}
	prefix += "SELECT * FROM (\n"
	text := prefix + q.Text + "\n)"
	key := text
	for _, a := range q.Args {
		key += fmt.Sprintf("\x00%T", a)
	}
	if cols, ok := e.levels.get(key); ok {
		return cols, nil
	}
	cols, err := s.describe(ctx, text, q.Args)
	if err != nil {
		var f *failure
		if errors.As(err, &f) && f.offset >= len(prefix) {
			f.offset -= len(prefix)
		}
		return nil, err
	}
	e.levels.put(key, cols)
	return cols, nil
}

// stub is an empty table of the given columns.
func stub(columns []table.Column) string {
	if len(columns) == 0 {
		return "SELECT 1 AS \"_\" WHERE false"
	}
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = "NULL::" + c.Type + " AS " + sqltext.Quote(c.Name)
	}
	return "SELECT " + strings.Join(parts, ", ") + " WHERE false"
}

func distinctNames(columns []table.Column) *errs.Error {
	seen := map[string]string{}
	for _, c := range columns {
		key := strings.ToLower(c.Name)
		if first, ok := seen[key]; ok {
			which := fmt.Sprintf("are called %q", c.Name)
			if first != c.Name {
				which = fmt.Sprintf("are called %q and %q, which differ only in case", first, c.Name)
			}
			return errs.Invalid("column_duplicate", "Two columns of the result %s; give one another name with AS.", which)
		}
		seen[key] = c.Name
	}
	return nil
}

func asErr(err error, target **errs.Error) bool { return errors.As(err, target) }

// withNode names the node in every detail that names none.
func withNode(err error, node string) error {
	var e *errs.Error
	if node == "" || !errors.As(err, &e) {
		return err
	}
	for i := range e.Details {
		if e.Details[i].Node == "" {
			e.Details[i].Node = node
		}
	}
	return err
}
