package step

import (
	"context"
	"encoding/json"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// scope gives what the expressions with these references see, and loads no more than that.
func (x *Executor) scope(ctx context.Context, tenant string, s *engine.Scope, refs []expr.Ref) (*expr.Scope, error) {
	out := &expr.Scope{Params: s.Params, Vars: s.Vars, Run: s.Run, Index: s.Index, Now: began(s.Run)}
	for _, ref := range refs {
		switch {
		case ref.Root == "item" && out.Item == nil && s.Item != nil:
			item, err := x.seen(ctx, tenant, *s.Item)
			if err != nil {
				return nil, err
			}
			out.Item = item
		case ref.Root == "trigger" && out.Trigger == nil && len(s.Trigger.Data) > 0:
			data, err := expr.Decode(s.Trigger.Data)
			if err != nil {
				return nil, errs.Internal(err)
			}
			out.Trigger = data
		case ref.Root == "nodes" && len(ref.Path) >= 2:
			if out.Nodes == nil {
				out.Nodes = make(map[string]any, len(refs))
			}
			if err := x.port(ctx, tenant, s, out.Nodes, ref.Path[0], ref.Path[1]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// port puts one output of a node into the scope. What a node did not give is null.
func (x *Executor) port(ctx context.Context, tenant string, s *engine.Scope, nodes map[string]any, id, port string) error {
	ports, ok := nodes[id].(map[string]any)
	if !ok {
		ports = make(map[string]any, 1)
		nodes[id] = ports
	}
	if _, done := ports[port]; done {
		return nil
	}
	v, there := s.Of(id)[port]
	if !there {
		ports[port] = nil
		return nil
	}
	seen, err := x.seen(ctx, tenant, v)
	if err != nil {
		return err
	}
	ports[port] = seen
	return nil
}

// seen is a value as expressions see it.
func (x *Executor) seen(ctx context.Context, tenant string, v value.Value) (any, error) {
	switch v.Kind {
	case value.Table:
		if v.Deferred() { // somebody asks for its rows after all
			computed, err := x.Compute(ctx, tenant, v, nil)
			if err != nil {
				return nil, err
			}
			v = computed
		}
		if v.Table == nil {
			return nil, nil
		}
		columns := make([]any, len(v.Table.Columns))
		for i, c := range v.Table.Columns {
			columns[i] = map[string]any{"name": c.Name, "type": c.Type}
		}
		return map[string]any{"rows": v.Table.Rows, "columns": columns}, nil
	case value.File:
		file := map[string]any{}
		if v.File != nil {
			file["name"], file["media_type"] = v.File.Name, v.File.MediaType
		}
		if v.Artifact != nil {
			file["size"] = v.Artifact.Size
		}
		return file, nil
	}
	data, err := x.json(ctx, tenant, v)
	if err != nil {
		return nil, err
	}
	decoded, err := expr.Decode(data)
	if err != nil {
		return nil, errs.Internal(err)
	}
	return decoded, nil
}

// json gives the JSON of a value, wherever it lies.
func (x *Executor) json(ctx context.Context, tenant string, v value.Value) (json.RawMessage, error) {
	if v.Artifact == nil {
		return v.Data, nil
	}
	return node.LoadJSON(ctx, x.env.Artifacts, tenant, v)
}

// began is when the run began, which is what now() answers.
func began(run map[string]any) time.Time {
	switch at := run["started_at"].(type) {
	case time.Time:
		return at
	case string:
		if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
			return t
		}
	}
	return time.Time{}
}
