package api

import (
	"context"
	"net/http"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/httpd"
)

// Meter tells what a tenant has of what is bounded.
type Meter interface {
	Usage(ctx context.Context, tenant string) (Usage, error)
}

// Used is how much there is of something, and how much there may be.
type Used struct {
	Used  int64 `json:"used"`
	Limit int64 `json:"limit,omitempty" doc:"The most that there may be; absent is no bound"`
}

// Usage is what a tenant has of what quotas bound.
type Usage struct {
	Runs          Used `json:"runs" doc:"Runs that have not ended"`
	StoredRuns    Used `json:"stored_runs" doc:"Runs that are kept, finished ones among them"`
	ArtifactBytes Used `json:"artifact_bytes" doc:"Bytes of results, tables and files of runs"`
}

func (a *API) usageRoutes(r registrar) {
	add(r, httpd.Op{
		ID: "getUsage", Method: http.MethodGet, Path: "/usage", Permission: auth.RunRead, Summary: "Get what the tenant has of what quotas bound",
	}, a.getUsage)
}

func (a *API) getUsage(ctx context.Context, _ *struct{}) (*body[Usage], error) {
	u, err := a.deps.Meter.Usage(ctx, tenantOf(ctx))
	return &body[Usage]{u}, err
}
