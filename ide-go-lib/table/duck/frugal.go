package duck

import (
	"context"
	"errors"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// outOfMemory tells errors that more memory or less to do at a time may help against.
func outOfMemory(err error) bool {
	return errors.Is(err, &errs.Error{Code: codeMemory}) || errors.Is(err, &errs.Error{Code: codeValues})
}

// withMemory does what is one query and no plan: when it takes more memory than a query's share, with that of all queries.
func (e *Engine) withMemory(do func(get getter) error) error {
	err := do(e.pool.one())
	if outOfMemory(err) {
		err = do(e.pool.all())
	}
	return err
}

// frugal is for a plan that takes more memory than a query's share: it gets that of all queries; when that does not do
// either, its parts are computed one after the other; and at last its rows, in shares.
func (e *Engine) frugal(ctx context.Context, tenant string, plan table.Plan, progress table.Progress) (table.Table, error) {
	t, err := e.runOrImport(ctx, e.pool.all(), tenant, plan, progress)
	if !outOfMemory(err) {
		return t, err
	}
	apart := plan
	apart.Inputs = make(map[string]table.Source, len(plan.Inputs))
	done := map[*table.Plan]table.Source{}
	for port, in := range plan.Inputs {
		if in.Plan != nil {
			source, known := done[in.Plan]
			if !known {
				inner, err := e.frugal(ctx, tenant, *in.Plan, progress)
				if err != nil {
					return table.Table{}, err
				}
				source = table.Source{Artifact: inner.Artifact}
				done[in.Plan] = source
			}
			in = source
		}
		apart.Inputs[port] = in
	}
	if len(done) > 0 {
		if t, err = e.runOrImport(ctx, e.pool.all(), tenant, apart, progress); !outOfMemory(err) {
			return t, err
		}
	}
	if whole, ok := plan.Relation.(table.Splitting); ok {
		if split, ok := whole.Split(); ok {
			return e.shares(ctx, tenant, plan, apart, split, progress)
		}
	}
	return t, err
}
