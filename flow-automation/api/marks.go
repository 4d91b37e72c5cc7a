package api

import (
	"context"
	"net/http"

	"dataflow/flow-automation/connection"
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

type forgetMarksInput struct {
	ID   string `path:"id" doc:"Of the flow"`
	Step string `query:"step" doc:"Only that of this step, with the instances of containers around it; left out, all"`
}

func (a *API) listMarks(ctx context.Context, in *idInput) (*body[List[connection.Mark]], error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	s, err := a.connections()
	if err != nil {
		return nil, err
	}
	all, err := s.Marks(ctx, tenantOf(ctx), f.Name)
	return &body[List[connection.Mark]]{List[connection.Mark]{Items: all}}, err
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
	return nil, s.Forget(ctx, tenantOf(ctx), f.Name, in.Step)
}
