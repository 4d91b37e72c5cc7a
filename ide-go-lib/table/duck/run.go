package duck

import (
	"context"
	"errors"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// copyOptions are how tables are kept.
const copyOptions = " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"

// Run implements table.Engine.
func (e *Engine) Run(ctx context.Context, tenant string, plan table.Plan, progress table.Progress) (table.Table, error) {
	t, err := e.runOrImport(ctx, e.pool.one(), tenant, plan, progress)
	if !outOfMemory(err) {
		return t, err
	}
	return e.frugal(ctx, tenant, plan, progress)
}

// runOrImport imports files first when they cannot be read in place.
func (e *Engine) runOrImport(ctx context.Context, get getter, tenant string, plan table.Plan, progress table.Progress) (table.Table, error) {
	t, err := e.run(ctx, get, tenant, plan, progress)
	if errors.As(err, new(unreadInPlace)) && e.leavePlain(ctx, tenant, &plan) {
		t, err = e.run(ctx, get, tenant, plan, progress)
	}
	if !errors.As(err, new(unreadInPlace)) {
		return t, err
	}
	apart, odd, err := e.imported(ctx, tenant, &plan, progress)
	if err != nil {
		return table.Table{}, err
	}
	t, err = e.run(ctx, get, tenant, *apart, progress)
	t.Odd = append(t.Odd, odd...)
	return t, err
}

// run fails with unreadInPlace where files have to be imported before.
func (e *Engine) run(ctx context.Context, get getter, tenant string, plan table.Plan, progress table.Progress) (table.Table, error) {
	if e.mixed(ctx, tenant, &plan) {
		return e.runBy(ctx, get, tenant, plan, duckReader, progress)
	}
	t, err := e.runBy(ctx, get, tenant, plan, anyReader, progress)
	if errors.As(err, new(inOrder)) {
		return e.runBy(ctx, get, tenant, plan, duckReader, progress)
	}
	return t, err
}

func (e *Engine) runBy(ctx context.Context, get getter, tenant string, plan table.Plan, by reader, progress table.Progress) (table.Table, error) {
	path, remove, err := e.store.Draft(ctx, tenant)
	if err != nil {
		return table.Table{}, err
	}
	defer remove()
	s, err := e.sessionFor(ctx, get, tenant, &plan, by)
	if err != nil {
		return table.Table{}, err
	}
	defer s.close()
	c, err := e.compile(ctx, s, tenant, plan, all, by)
	if err != nil {
		return table.Table{}, err
	}
	defer c.close()
	if ordered, err := e.keepsOrder(ctx, s, c, &plan); err != nil {
		return table.Table{}, err
	} else if ordered {
		return table.Table{}, inOrder{errors.New("the rows are wanted in their order")}
	}
	s.reads = c.reads()
	rows, err := s.materialise(ctx, c.text, c.args, path, c.inputs, progress)
	if err != nil {
		return table.Table{}, c.ofFiles(err, &plan)
	}
	if err := unchanged(ctx, &plan); err != nil {
		return table.Table{}, err
	}
	t, err := e.adopt(ctx, tenant, path, table.Meta{Columns: c.columns, Rows: rows})
	t.SQL, t.Odd = c.display, c.odd
	return t, err
}

// materialise writes a query's rows to a Parquet file.
func (s *session) materialise(ctx context.Context, text string, args []any, path string, total int64, progress table.Progress) (int64, error) {
	head := "COPY (\n"
	stop := s.watch(total, progress)
	rows, err := s.exec(ctx, head+text+"\n) TO "+sqltext.Literal(path)+copyOptions, args)
	stop()
	if f := shifted(err, len(head)); f != nil {
		return 0, f
	}
	if progress != nil {
		progress(rows, rows, 100)
	}
	return rows, nil
}

// shifted corrects the place in an error for text that was put in front.
func shifted(err error, by int) error {
	if f, ok := err.(*failure); ok && f.offset >= by { //nolint:errorlint // just made by session
		f.offset -= by
	}
	return err
}

// adopt keeps a finished Parquet file.
func (e *Engine) adopt(ctx context.Context, tenant, path string, meta table.Meta) (table.Table, error) {
	ref, err := e.store.Adopt(ctx, tenant, path, table.MediaType)
	if err != nil {
		if ctx.Err() != nil {
			return table.Table{}, contextError(ctx)
		}
		return table.Table{}, err
	}
	e.schemas.put(ref.ID, meta)
	return table.Table{Artifact: ref, Meta: meta}, nil
}

// Describe implements table.Engine.
func (e *Engine) Describe(ctx context.Context, tenant string, plan table.Plan) ([]table.Column, error) {
	columns, err := e.describe(ctx, tenant, plan, all)
	if errors.As(err, new(unreadInPlace)) && e.leavePlain(ctx, tenant, &plan) {
		columns, err = e.describe(ctx, tenant, plan, all)
	}
	if errors.As(err, new(unreadInPlace)) {
		apart, _, err := e.imported(ctx, tenant, &plan, nil)
		if err != nil {
			return nil, err
		}
		return e.describe(ctx, tenant, *apart, all)
	}
	return columns, err
}

// describe compiles alone; read is for relations that look at rows before they can be told.
func (e *Engine) describe(ctx context.Context, tenant string, plan table.Plan, read source) ([]table.Column, error) {
	s, err := e.describer(ctx, tenant, &plan)
	if err != nil {
		return nil, err
	}
	defer s.close()
	c, err := e.compile(ctx, s, tenant, plan, read, anyReader)
	if err != nil {
		return nil, err
	}
	c.close()
	return c.columns, nil
}

// describer gives a session for a plan that is not run. Only relations that look at rows open its files, for which an
// instance of its own is needed.
func (e *Engine) describer(ctx context.Context, tenant string, plan *table.Plan) (*session, error) {
	if looksAtRows(plan) {
		return e.sessionFor(ctx, e.pool.one(), tenant, plan, anyReader)
	}
	for _, file := range filesOf(plan) {
		if _, _, err := e.scan(ctx, tenant, file, anyReader); err != nil {
			return nil, err
		}
	}
	return e.session(ctx, tenant)
}

func looksAtRows(plan *table.Plan) bool {
	if _, ok := plan.Relation.(table.Probing); ok {
		return true
	}
	for _, in := range plan.Inputs {
		if in.Plan != nil && looksAtRows(in.Plan) {
			return true
		}
	}
	return false
}

// open gives what reading one artifact needs.
func (e *Engine) open(ctx context.Context, get getter, tenant string, ref artifact.Ref, extra ...string) (*session, string, table.Meta, func(), error) {
	return e.openWith(ctx, get, tenant, ref, access{paths: extra})
}

// openWith is open with folders.
func (e *Engine) openWith(ctx context.Context, get getter, tenant string, ref artifact.Ref, extra access) (*session, string, table.Meta, func(), error) {
	path, release, err := e.store.Path(ctx, tenant, ref.ID)
	if err != nil {
		return nil, "", table.Meta{}, nil, err
	}
	s, err := e.sessionOf(ctx, get, tenant, extra)
	if err != nil {
		release()
		return nil, "", table.Meta{}, nil, err
	}
	done := func() { s.close(); release() }
	meta, err := e.meta(ctx, s, ref, path)
	if err != nil {
		done()
		return nil, "", table.Meta{}, nil, err
	}
	return s, path, meta, done, nil
}
