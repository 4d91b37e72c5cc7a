package api

import (
	"net/http"
	"strconv"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/httpd"
)

func (a *API) watchRun(r *http.Request, out *httpd.EventStream) error {
	return a.watch(r, out, r.PathValue("id"))
}

func (a *API) watchRuns(r *http.Request, out *httpd.EventStream) error {
	return a.watch(r, out, "")
}

// watch passes the engine's events on. Whoever comes back after a lost connection is given the present state again, but
// no line of the log twice.
func (a *API) watch(r *http.Request, out *httpd.EventStream, runID string) error {
	events, err := a.deps.Engine.Watch(r.Context(), tenantOf(r.Context()), runID)
	if err != nil {
		return err
	}
	if err := out.Open(); err != nil {
		return err
	}
	seen, err := strconv.ParseInt(out.LastEventID, 10, 64)
	if err != nil {
		seen = 0
	}
	for e := range events {
		if e.Log != nil && e.Seq <= seen {
			continue
		}
		if err := out.Send(httpd.Event{ID: strconv.FormatInt(e.Seq, 10), Name: nameOf(e), Data: e}); err != nil {
			return err
		}
	}
	return r.Context().Err()
}

func nameOf(e engine.Event) string {
	switch {
	case e.Run != nil:
		return "run"
	case e.Step != nil:
		return "step"
	}
	return "log"
}
