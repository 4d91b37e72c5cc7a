package step

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/table"
)

// How long a source may take to give its beginning, and how long that is taken for what is there: somebody types meanwhile.
const (
	lookTime = 10 * time.Second
	lookKept = flow.Duration("5m")
)

// The facts under which it is kept how much was looked at, and when.
const (
	detailLooked   = "looked"
	detailLookedAt = "looked_at"
)

// canLook says whether a node's source may be asked for its beginning, which only fixed settings and parameters name.
func (p *previewer) canLook(c *compiled) bool {
	return c.typ.Look != nil && p.outside && !slices.ContainsFunc(c.refs, func(r expr.Ref) bool { return r.Root != "params" }) && (c.tree.Static() || len(c.refs) > 0)
}

// part says whether there is more in a source than what was looked at.
func (p *previewer) part() bool {
	return slices.ContainsFunc(p.looked, func(l engine.Looked) bool { return l.Part() })
}

// beginning shows the first rows of what a source has, whatever a run has given before with other settings; where it may not
// be asked, those of that run.
func (p *previewer) beginning(ctx context.Context, n *flow.Node, c *compiled, out *engine.Preview) error {
	out.Port, out.Ports = tablePort(c.typ), []string{tablePort(c.typ)}
	if p.port != "" && p.port != out.Port {
		return portUnknown(p.port, out.Ports)
	}
	if err := p.takes(ctx, n, out); err != nil || p.inputsOnly {
		return err
	}
	w := p.work(n)
	var given value.Outputs
	var err error
	if p.canLook(c) && len(n.Pin) == 0 {
		given, err = p.look(ctx, w, c)
	} else {
		given, err = p.outputs(ctx, w, n)
	}
	if err != nil {
		return err
	}
	v, ok := given[out.Port]
	if !ok || v.Kind != value.Table {
		return node.Unseen("What this node gives is only known after a run.")
	}
	source, err := p.x.Source(ctx, p.task.Tenant, v)
	if err != nil {
		return err
	}
	plan := table.Plan{Node: n.ID, Relation: node.Handed("table"), Inputs: map[string]table.Source{"table": source}}
	rows, err := p.x.env.Tables.Preview(ctx, p.task.Tenant, plan, table.PreviewOptions{Limit: previewRows, Sample: previewSample, Profile: previewLooked})
	if err != nil {
		return err
	}
	rows.Sampled = rows.Sampled || p.part()
	out.Table = &rows
	return nil
}

// columnsAlone gives a table of the columns that there are in any case.
func (p *previewer) columnsAlone(ctx context.Context, w *work, n *flow.Node, c *compiled) (value.Outputs, error) {
	p.looked = append(p.looked, engine.Looked{Node: n.ID, At: w.task.Now, Looked: node.Looked{Unit: node.LookedColumns, More: true}})
	port := tablePort(c.typ)
	plan, err := w.agreedPlan(ctx, port, table.Plan{Node: n.ID, Relation: node.None(c.fixed)})
	if err != nil {
		return nil, err
	}
	return value.Outputs{port: {Kind: value.Table, Ready: &plan}}, nil
}

// look asks a node's source for its beginning, unless that was done a moment ago and nobody wants it anew.
func (p *previewer) look(ctx context.Context, w *work, c *compiled) (value.Outputs, error) {
	config, err := w.config(ctx, c.tree, c.refs)
	if err != nil {
		return nil, err
	}
	// It was seen through the connection as it stood then.
	key, err := w.lookKey(ctx, c, w.task.Node, config)
	if err != nil {
		return nil, err
	}
	key = "look " + key
	var kept *Kept
	if w.x.results != nil && !p.anew {
		if kept, err = w.x.results.Get(ctx, w.task.Tenant, key, w.task.Now); err != nil {
			return nil, err
		}
	}
	var looked node.Looked
	seen := w.task.Now
	if kept != nil {
		if err := errors.Join(json.Unmarshal(kept.Details[detailLooked], &looked), json.Unmarshal(kept.Details[detailLookedAt], &seen)); err != nil {
			return nil, errs.Internal(err)
		}
	} else {
		kept = &Kept{}
		if kept.Outputs, looked, err = asked(ctx, c.typ, w.call(c, config, nil), lookTime); err != nil {
			return nil, err
		}
		w.detail(detailLooked, looked)
		w.detail(detailLookedAt, seen)
		kept.Details = map[string]json.RawMessage{detailLooked: w.details[detailLooked], detailLookedAt: w.details[detailLookedAt]}
		if w.x.results != nil {
			if err := w.x.results.Put(ctx, w.task.Tenant, key, *kept, w.task.Now.Add(lookKept.Std(0))); err != nil {
				return nil, err
			}
			if err := w.keepSeen(ctx, c, config, kept.Outputs); err != nil {
				return nil, err
			}
		}
	}
	p.looked = append(p.looked, engine.Looked{Node: w.task.Node.ID, At: seen, Looked: looked})
	return w.agreed(ctx, kept.Outputs)
}

// asked bounds the time of a look.
func asked(ctx context.Context, t *node.Type, call *node.Call, most time.Duration) (value.Outputs, node.Looked, error) {
	within, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	out, looked, err := t.Look(within, call)
	if err != nil && ctx.Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded) {
		return nil, looked, node.Unseen("The beginning of what is there did not come within %s.", most).Wrap(err)
	}
	return out, looked, err
}
