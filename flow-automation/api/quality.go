package api

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/quality"
	"dataflow/flow-automation/suggest"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/judge"
)

// SuggestBody says for which table rules or steps are wanted: one that is there, or the one that a node would take.
type SuggestBody struct {
	For        string `json:"for" enum:"check,clean" doc:"Rules of quality.check, or steps of quality.clean"`
	ArtifactID string `json:"artifact_id,omitempty" doc:"A table that is there; else flow_id and node say which"`
	FlowID     string `json:"flow_id,omitempty"`
	Node       string `json:"node,omitempty" doc:"A node with an input called table; what it is set to already is taken into account"`

	Document RawDocument    `json:"document,omitempty" doc:"Unsaved document; absent is the flow's draft"`
	RunID    string         `json:"run_id,omitempty" doc:"Run whose data is seen where nodes are not carried out; absent is the flow's last run"`
	Params   map[string]any `json:"params,omitempty" doc:"Seen as params instead of the run's"`
}

// suggestPort is the input that the nodes of quality look at.
const suggestPort = "table"

func (a *API) suggestQuality(ctx context.Context, in *suggestInput) (*body[suggest.Suggestions], error) {
	b := in.Body
	req := suggest.Request{Tenant: tenantOf(ctx), For: b.For, Now: a.deps.Clock.Now()}
	switch {
	case b.For != suggest.Check && b.For != suggest.Clean:
		return nil, errs.Invalid("query_invalid", "Say whether it is for check or clean.").With(errs.Detail{Code: "query_invalid", Message: "must be check or clean", Place: errs.Place{Field: "body.for"}})
	case b.ArtifactID != "":
		if err := auth.Require(ctx, auth.ArtifactRead); err != nil {
			return nil, err
		}
		if err := a.needTable(ctx, b.ArtifactID); err != nil {
			return nil, err
		}
		req.Source.Artifact.ID, req.Source.Artifact.MediaType = b.ArtifactID, table.MediaType
	default:
		task, _, err := a.lookAt(ctx, b.FlowID, PreviewBody{Document: b.Document, Node: b.Node, RunID: b.RunID, Params: b.Params})
		if err != nil {
			return nil, err
		}
		if req.Source, req.Have, err = a.deps.Previewer.Input(ctx, task, suggestPort); err != nil {
			return nil, err
		}
	}
	found, err := suggest.For(ctx, a.deps.Tables, req)
	return &body[suggest.Suggestions]{found}, err
}

func (a *API) flowQuality(ctx context.Context, in *qualityInput) (*body[quality.Trend], error) {
	tenant := tenantOf(ctx)
	f, err := a.deps.Flows.Get(ctx, tenant, in.ID)
	if err != nil {
		return nil, err
	}
	trend, err := a.deps.Quality.Of(ctx, tenant, in.ID, quality.Filter{Node: in.Node, Rule: in.Rule, Since: in.Since, Runs: in.Runs})
	if err != nil {
		return nil, err
	}
	src, err := storedSource(f.Document, f.YAML)
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	addLabels(src.doc.Spec.Nodes, labels)
	for i, rule := range trend.Rules {
		trend.Rules[i].NameZH = labels[rule.Name]
	}
	return &body[quality.Trend]{trend}, nil
}

// addLabels gives what rules without a name say in Chinese, by what they say in English. What cannot be read yet is left out.
func addLabels(nodes []flow.Node, labels map[string]string) {
	for _, n := range nodes {
		for _, b := range n.Bodies() {
			addLabels(b.Nodes, labels)
		}
		rules, _ := n.With["rules"].([]any)
		if n.Type != "quality.check" {
			continue
		}
		for _, each := range rules {
			var rule struct {
				judge.Rule
				Name string `json:"name"`
			}
			raw, err := json.Marshal(each)
			if err == nil && json.Unmarshal(raw, &rule) == nil && rule.Name == "" {
				labels[rule.Label()] = rule.LabelZH()
			}
		}
	}
}
