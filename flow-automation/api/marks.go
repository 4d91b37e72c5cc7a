package api

import (
	"context"
	"net/http"
	"strings"

	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/httpd"
)

func (a *API) markRoutes(r registrar) {
	add(r, httpd.Op{
		ID: "listMarks", Method: http.MethodGet, Path: "/flows/{id}/marks", Permission: auth.FlowRead, Summary: "List how far the incremental reads of a flow have come",
		Description: "By step, and by what it reads; the latest come first.",
	}, a.listMarks)
	add(r, httpd.Op{
		ID: "forgetMarks", Method: http.MethodDelete, Path: "/flows/{id}/marks", Permission: auth.FlowWrite, Status: http.StatusNoContent, Summary: "Let the incremental reads of a flow begin anew",
		Description: "The next run reads everything, as the first one did. What a run reads that is under way is forgotten, too.",
	}, a.forgetMarks)
}

// Mark is how far a step has come, as people understand it where the step is in the draft.
type Mark struct {
	connection.Mark
	Title string       `json:"title,omitempty" doc:"Of the step"`
	Type  string       `json:"type,omitempty" doc:"Of the step; absent where it is not in the draft any more"`
	Reads *node.Marked `json:"reads,omitempty" doc:"What is read and how far, in words; absent where nobody can tell"`
}

// mostShown is how much of a mark is shown, in bytes.
const mostShown = 200

type forgetMarksInput struct {
	ID   string `path:"id" doc:"Of the flow"`
	Step string `query:"step" doc:"Only that of this step, with the instances of containers around it; left out, all"`
}

func (a *API) listMarks(ctx context.Context, in *idInput) (*body[List[Mark]], error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	all, err := s.Marks(ctx, tenantOf(ctx), f.Name)
	if err != nil {
		return nil, err
	}
	src, err := storedSource(f.Document, f.YAML)
	if err != nil {
		return nil, err
	}
	items := make([]Mark, len(all))
	for i, m := range all {
		items[i] = a.mark(src.doc, m)
	}
	return &body[List[Mark]]{List[Mark]{Items: items}}, nil
}

// mark says what the step and its mark are.
func (a *API) mark(doc *flow.Document, m connection.Mark) Mark {
	out := Mark{Mark: m}
	_, id := run.Path(m.Step).Split()
	if n := doc.Spec.Find(id); n != nil {
		out.Title, out.Type, out.Reads = n.Title, n.Type, a.deps.Marked(n.Type, string(m.Subject), m.Value)
	}
	if len(m.Value) > mostShown { // which objects or rows were seen means nothing to people
		out.Value = strings.ToValidUTF8(m.Value[:mostShown], "") + "…"
	}
	return out
}

func (a *API) forgetMarks(ctx context.Context, in *forgetMarksInput) (*struct{}, error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	src, err := storedSource(f.Document, f.YAML)
	if err != nil {
		return nil, err
	}
	_, id := run.Path(in.Step).Split()
	return nil, s.Forget(ctx, tenantOf(ctx), f.Name, in.Step, src.doc.Spec.Find(id) != nil)
}
