package duck

import (
	"context"
	"errors"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// looked is the table that a preview's rows are in while they are looked at.
const looked = internalPrefix + "_looked"

// Preview implements table.Engine.
func (e *Engine) Preview(ctx context.Context, tenant string, plan table.Plan, opts table.PreviewOptions) (table.Preview, error) {
	out, err := e.preview(ctx, e.looks.one(), tenant, plan, opts)
	if errors.As(err, new(unreadInPlace)) && e.leavePlain(ctx, tenant, &plan) {
		out, err = e.preview(ctx, e.looks.one(), tenant, plan, opts)
	}
	if errors.As(err, new(unreadInPlace)) {
		apart, _, err := e.imported(ctx, tenant, &plan, nil)
		if err != nil {
			return table.Preview{}, err
		}
		plan = *apart
		out, err = e.preview(ctx, e.looks.one(), tenant, plan, opts)
		if !outOfMemory(err) {
			return out, err
		}
	}
	if outOfMemory(err) { // then it waits for its turn like a run, and has as much memory
		return e.preview(ctx, e.pool.one(), tenant, plan, opts)
	}
	return out, err
}

func (e *Engine) preview(ctx context.Context, get getter, tenant string, plan table.Plan, opts table.PreviewOptions) (table.Preview, error) {
	s, err := e.sessionFor(ctx, get, tenant, &plan, anyReader)
	if err != nil {
		return table.Preview{}, err
	}
	defer s.close()
	out := table.Preview{}
	read := all
	if opts.Sample > 0 {
		read = func(text string) string { return text + limitOffset(opts.Sample, 0) }
	}
	c, err := e.compile(ctx, s, tenant, plan, read, anyReader)
	if err != nil {
		return table.Preview{}, err
	}
	defer c.close()
	out.Columns, out.SQL, out.Sampled = c.columns, c.display, opts.Sample > 0 && (c.largest > opts.Sample || c.guessed)
	if opts.ColumnsOnly {
		return out, nil
	}
	if opts.Profile > 0 {
		err = e.profiled(ctx, s, c, opts, &out)
	} else {
		err = s.beginning(ctx, c, opts.Limit, &out)
	}
	return out, c.ofFiles(err, &plan)
}

// beginning reads the first rows alone. One more than is wanted tells whether there are more.
func (s *session) beginning(ctx context.Context, c *compiled, limit int64, out *table.Preview) error {
	head := shownFrom(c.columns)
	rows, err := s.rows(ctx, head+c.text+"\n"+limitOffset(limit+1, 0)+")", c.args, c.columns)
	if err != nil {
		return shifted(err, len(head))
	}
	out.Total, out.Whole = min(int64(len(rows)), limit), int64(len(rows)) <= limit
	out.Rows = rows[:out.Total]
	return nil
}

// shownFrom is the start of a query whose rows people see, up to the bracket around what gives them.
func shownFrom(columns []table.Column) string {
	return "SELECT " + strings.Join(cells(columns), ", ") + " FROM (\n"
}

// profiled computes the rows once, and looks at them twice.
func (e *Engine) profiled(ctx context.Context, s *session, c *compiled, opts table.PreviewOptions, out *table.Preview) error {
	name := sqltext.Quote(looked)
	head := "CREATE OR REPLACE TEMP TABLE " + name + " AS SELECT * FROM (\n"
	// One row more than is wanted tells whether there are more.
	if _, err := s.exec(ctx, head+c.text+"\n)"+limitOffset(opts.Profile+1, 0), c.args); err != nil {
		return shifted(err, len(head))
	}
	defer s.drop(ctx, name)
	if err := s.one(ctx, "SELECT count(*) FROM "+name, nil, &out.Total); err != nil {
		return err
	}
	if out.Whole = out.Total <= opts.Profile; !out.Whole {
		out.Total = opts.Profile
	}
	if !out.Whole {
		name = "(SELECT * FROM " + name + limitOffset(opts.Profile, 0) + ")"
	}
	var err error
	if out.Rows, err = s.rows(ctx, shownFrom(c.columns)+"SELECT * FROM "+name+limitOffset(opts.Limit, 0)+")", nil, c.columns); err != nil {
		return err
	}
	p := profiler{s: s, from: name, shapes: profileShapesPreview}
	out.Profile, err = p.all(ctx, c.columns)
	return err
}

// drop removes what would otherwise be there for the next one who uses the instance.
func (s *session) drop(ctx context.Context, name string) {
	if _, err := s.exec(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+name, nil); err != nil {
		s.broken = true
	}
}
