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

// watch passes the engine's events on. Whoever comes back after a lost connection, also one lost with the server, is given
// the present state again, but no line of the log twice: only lines have an identifier, their number within the run.
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
		event := httpd.Event{Name: nameOf(e), Data: e}
		if e.Log != nil {
			if e.Log.Seq <= seen {
				continue
			}
			event.ID = strconv.FormatInt(e.Log.Seq, 10)
		}
		if err := out.Send(event); err != nil {
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
