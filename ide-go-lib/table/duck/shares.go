package duck

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// How many shares the rows are computed in: the second is for when the first is not enough.
var shareCounts = []int{8, 64}

// shares computes a plan once for each share of its rows, which is less at a time than all of them: partitioned hash
// aggregation (Graefe, "Query evaluation techniques for large databases", 1993), whose partitions are read from the
// input again rather than written first. Apart is the plan with its inputs computed.
func (e *Engine) shares(ctx context.Context, tenant string, plan, apart table.Plan, split table.Split, progress table.Progress) (table.Table, error) {
	apart, err := e.readOnce(ctx, tenant, apart, progress)
	if err != nil {
		return table.Table{}, err
	}
	var t table.Table
	for _, n := range shareCounts {
		if t, err = e.inShares(ctx, tenant, apart, split, n, progress); !outOfMemory(err) {
			break
		}
	}
	if err == nil {
		t.SQL, err = e.shown(ctx, tenant, plan)
	}
	return t, err
}

// readOnce imports files, since each share reads all of its input.
func (e *Engine) readOnce(ctx context.Context, tenant string, plan table.Plan, progress table.Progress) (table.Plan, error) {
	plan.Inputs = maps.Clone(plan.Inputs)
	for port, in := range plan.Inputs {
		if in.File == nil {
			continue
		}
		t, err := e.importFile(ctx, tenant, in.File, progress)
		if err != nil {
			return plan, err
		}
		plan.Inputs[port] = table.Source{Artifact: t.Artifact}
	}
	return plan, nil
}

func (e *Engine) inShares(ctx context.Context, tenant string, plan table.Plan, split table.Split, n int, progress table.Progress) (table.Table, error) {
	whole := table.Plan{Relation: gathered{split}, Inputs: make(map[string]table.Source, n), Node: plan.Node}
	for i := range n {
		one := plan
		one.Inputs = maps.Clone(plan.Inputs)
		one.Inputs[split.Port] = table.Source{Plan: &table.Plan{Relation: share{split.Keys, i, n}, Inputs: map[string]table.Source{"table": plan.Inputs[split.Port]}, Node: plan.Node}}
		t, err := e.run(ctx, e.pool.all(), tenant, one, within(progress, i, n+1))
		if err != nil {
			return table.Table{}, err
		}
		whole.Inputs[fmt.Sprintf("share%03d", i)] = table.Source{Artifact: t.Artifact}
	}
	return e.run(ctx, e.pool.all(), tenant, whole, within(progress, n, n+1))
}

// within is the progress of the i-th of n parts, as one of the whole.
func within(progress table.Progress, i, n int) table.Progress {
	if progress == nil {
		return nil
	}
	return func(rows, total int64, percent float64) {
		progress(rows, total, (float64(i)*100+max(0, percent))/float64(n))
	}
}

// shown is the text of a plan for people to read.
func (e *Engine) shown(ctx context.Context, tenant string, plan table.Plan) (string, error) {
	s, err := e.describer(ctx, tenant, &plan)
	if err != nil {
		return "", err
	}
	defer s.close()
	c, err := e.compile(ctx, s, tenant, plan, all, anyReader)
	if err != nil {
		if errors.As(err, new(unreadInPlace)) { // it was imported
			return "", nil
		}
		return "", err
	}
	defer c.close()
	return c.display, nil
}

// share are the rows of one share: those with equal keys are in one.
type share struct {
	keys  []string
	i, of int
}

// Query implements table.Relation.
func (r share) Query(inputs map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	b.Text("SELECT * FROM ", inputs["table"].Name, " WHERE hash(").Names(r.keys).Text(fmt.Sprintf(") %% %d = %d", r.of, r.i))
	return b.Query()
}

// gathered are the rows of all shares, in their order.
type gathered struct{ split table.Split }

// Query implements table.Relation.
func (r gathered) Query(inputs map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	b.Text("SELECT * FROM (")
	for i, port := range slices.Sorted(maps.Keys(inputs)) {
		if i > 0 {
			b.Text(" UNION ALL ")
		}
		b.Text("SELECT * FROM ", inputs[port].Name)
	}
	b.Text(")")
	if len(r.split.Order) > 0 {
		b.Text(" ORDER BY ").Names(r.split.Order)
	}
	return b.Query()
}
