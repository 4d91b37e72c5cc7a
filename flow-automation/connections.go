package automation

import (
	"context"
	"errors"
	"fmt"

	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector/all"
	"dataflow/ide-go-lib/errs"
)

// widgetConnection is that of fields that name a connection.
const widgetConnection = "connection"

func (s *Service) newConnections(ctx context.Context, types *node.Registry) (*connection.Service, error) {
	return connection.New(ctx, connection.Deps{
		DB: s.deps.DB, Secrets: s.deps.Secrets, Types: all.Types(), Egress: s.deps.Egress, Files: s.deps.Files, Tables: s.deps.Tables, Clock: s.deps.Clock,
		Redactor: s.deps.Redactor, Runs: s.runState,
		Uses: func(ctx context.Context, tenant, name string) ([]connection.Use, error) {
			return s.uses(ctx, types, tenant, name)
		},
	})
}

// settleMarks decides on the marks of runs that have ended.
func (s *Service) settleMarks(ctx context.Context) error {
	if s.connections == nil {
		return nil
	}
	return s.connections.Settle(ctx)
}

func (s *Service) runState(ctx context.Context, tenant, id string) (connection.RunState, error) {
	run, err := s.engine.Run(ctx, tenant, id)
	switch {
	case errors.Is(err, &errs.Error{Code: "run_not_found"}):
		return connection.RunLost, nil
	case err != nil:
		return connection.RunOpen, err
	case !run.Status.Final():
		return connection.RunOpen, nil
	case run.Status == "succeeded":
		return connection.RunSucceeded, nil
	}
	return connection.RunLost, nil
}

// uses finds the flows that name a connection, in their draft or in what is published.
func (s *Service) uses(ctx context.Context, types *node.Registry, tenant, name string) (found []connection.Use, err error) {
	err = s.flows.EachDocument(ctx, tenant, func(id string, document []byte) error {
		doc, err := flow.ParseJSON(document)
		if err != nil {
			return fmt.Errorf("flow %s: %w", id, err)
		}
		nodes := naming(types, doc.Spec.Nodes, name)
		if len(nodes) == 0 {
			return nil
		}
		if last := len(found) - 1; last >= 0 && found[last].FlowID == id { // its draft comes before what is published
			return nil
		}
		found = append(found, connection.Use{FlowID: id, FlowName: doc.Metadata.Name, FlowTitle: doc.Metadata.Title, Nodes: nodes})
		return nil
	})
	return found, err
}

// naming gives the ids of the nodes that name a connection.
func naming(types *node.Registry, nodes []flow.Node, name string) (ids []string) {
	for i := range nodes {
		n := &nodes[i]
		if t := types.Get(n.Type); t != nil {
			for _, f := range t.Config.Fields() {
				if f.Widget == widgetConnection && n.With[f.Path] == name {
					ids = append(ids, n.ID)
				}
			}
		}
		for _, body := range n.Bodies() {
			ids = append(ids, naming(types, body.Nodes, name)...)
		}
	}
	return ids
}
