package automation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
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
		Redactor: s.deps.Redactor, Runs: s.became, Log: s.deps.Log,
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

// marked has marks said to people by the types of their nodes.
func marked(types *node.Registry) func(nodeType, subject, value string) *node.Marked {
	return func(nodeType, subject, value string) *node.Marked {
		t := types.Get(nodeType)
		if t == nil || t.Marked == nil {
			return nil
		}
		if m, ok := t.Marked(subject, value); ok {
			return &m
		}
		return nil
	}
}

// became says what became of what the step of a run has read.
func (s *Service) became(ctx context.Context, tenant, id, step string) (connection.Became, error) {
	run, err := s.engine.Run(ctx, tenant, id)
	if err == nil && run.FlowID != "" {
		if _, gone := s.flows.Get(ctx, tenant, run.FlowID); isNotFound(gone) { // another of its name knows nothing of it
			return connection.Became{State: connection.RunLost}, nil
		}
	}
	switch {
	case errors.Is(err, &errs.Error{Code: "run_not_found"}):
		return connection.Became{State: connection.RunLost}, nil
	case err != nil:
		return connection.Became{}, err
	case run.Trial():
		return connection.Became{State: connection.RunLost}, nil
	case !run.Status.Final():
		return connection.Became{State: connection.RunOpen}, nil
	case run.Status == engine.Succeeded:
		return s.taken(ctx, tenant, id, step)
	}
	return connection.Became{State: connection.RunLost}, nil
}

// taken says whether all that lies behind a step of a run that succeeded has taken in what the step gave.
func (s *Service) taken(ctx context.Context, tenant, id, step string) (connection.Became, error) {
	doc, err := s.engine.Document(ctx, tenant, id)
	if err != nil {
		return connection.Became{}, err
	}
	steps, err := s.engine.Steps(ctx, tenant, id)
	if err != nil {
		return connection.Became{}, err
	}
	if at := strings.LastIndexByte(step, '/'); at > 0 { // of many instances, only some are among the others
		within, err := s.engine.StepsWithin(ctx, tenant, id, step[:at])
		if err != nil && !errors.Is(err, &errs.Error{Code: "unknown_step"}) {
			return connection.Became{}, err
		}
		steps = append(steps, within...)
	}
	if failed := newBehind(s.types, doc, steps).lost(step); failed != "" {
		return connection.Became{State: connection.RunLost, Failed: failed}, nil
	}
	return connection.Became{State: connection.RunSucceeded}, nil
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
