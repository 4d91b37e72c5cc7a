package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/httpd"
)

// waitMax bounds ?wait=.
const waitMax = 5 * time.Minute

// callbacks is what the addresses at which runs take calls begin with.
const callbacks = "/hooks/callback/"

// HookAnswer is what a webhook answers. Everything but RunID is there only when the caller waited.
type HookAnswer struct {
	RunID   string                                `json:"run_id"`
	Status  engine.Status                         `json:"status,omitempty"`
	Error   *errs.Error                           `json:"error,omitempty"`
	Outputs map[string]map[string]json.RawMessage `json:"outputs,omitempty" doc:"Small values of the nodes that nothing follows, by node and port"`
}

func (a *API) hookRoutes(s *httpd.Server) {
	s.Raw(httpd.Op{
		ID: "callWebhook", Method: httpd.Any, Path: "/hooks/{path...}", Tag: "Webhooks", Permission: auth.Public, CrossOrigin: true,
		Status: http.StatusAccepted, MaxBody: hookMax, Timeout: waitMax + time.Minute,
		Summary:     "Start the published flow whose webhook has this path",
		Description: "Below /hooks/callback/ a run takes the calls that its steps wait for: POST, PUT, PATCH and DELETE. A GET there calls nothing, for programs that look at links make them unasked; a browser is shown a page with a button that calls, everybody else gets 405. With ?wait=30s the answer comes when the run has ended, or 202 when that takes longer.",
		Doc: func(doc *huma.Operation) {
			doc.Parameters = append(doc.Parameters, &huma.Param{Name: "wait", In: "query", Description: "How long to wait for the run's end, such as 30s", Schema: &huma.Schema{Type: huma.TypeString}})
		},
	}, a.hook)
}

func (a *API) hook(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if address, is := strings.CutPrefix("/hooks/"+r.PathValue("path"), callbacks); is {
		return a.callback(w, r, address)
	}
	h, err := a.hooks.find(ctx, a.deps.Flows, r.PathValue("path"))
	if err != nil {
		return err
	}
	wait, err := waitOf(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	config := h.config
	if !config.Matches(r.Method) {
		w.Header().Set("Allow", config.Method)
		return errs.New(http.StatusMethodNotAllowed, "webhook_method", "This webhook takes %s, not %s.", config.Method, r.Method)
	}
	if err := config.Authorize(r.Header, body); err != nil {
		return err
	}
	query := r.URL.Query()
	query.Del("wait")
	run, err := a.beginHook(ctx, h, config.Data(r.Method, h.at.Path, query, r.Header, body), hookKey(h.at.TriggerID, r.Header.Get("Idempotency-Key")))
	if err != nil {
		return err
	}
	answer, status := HookAnswer{RunID: run.ID}, http.StatusAccepted
	if wait > 0 {
		if answer, status, err = a.outcome(ctx, h.at.Tenant, run.ID, wait, config.Respond == "outputs"); err != nil {
			return err
		}
	}
	return httpd.WriteJSON(w, status, answer)
}

// hookKey keeps callers' keys apart from those of people who start the same flow. A long one is kept as its hash: cut, it
// would be that of every other one with the same beginning.
func hookKey(trigger, key string) string {
	switch {
	case key == "":
		return ""
	case len(key) > keyMax:
		key = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(key)))
	}
	return "hook:" + trigger + ":" + key
}

const keyMax = 200

func waitOf(r *http.Request) (time.Duration, error) {
	text := r.URL.Query().Get("wait")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > waitMax {
		return 0, queryProblem("wait", "a duration up to "+waitMax.String()+", such as 30s")
	}
	return d, nil
}

func (a *API) beginHook(ctx context.Context, h *hook, data json.RawMessage, key string) (engine.Run, error) {
	params, err := h.doc.Spec.Params.Resolve(nil)
	if err != nil {
		return engine.Run{}, err
	}
	return a.deps.Engine.Begin(ctx, engine.StartRequest{
		Tenant: h.at.Tenant, FlowID: h.at.FlowID, FlowVersion: h.at.Version, Document: h.doc, Params: params,
		Trigger: engine.Trigger{Type: "webhook", ID: h.at.TriggerID, Data: data}, By: "webhook " + h.at.Path, IdempotencyKey: key,
	})
}

// outcome waits for the end of the run. What it gave, and why it failed, is told only where the flow says so: anybody may
// call.
func (a *API) outcome(ctx context.Context, tenant, runID string, wait time.Duration, outputs bool) (HookAnswer, int, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	answer := HookAnswer{RunID: runID, Status: engine.Running}
	events, err := a.deps.Engine.Watch(ctx, tenant, runID)
	if err != nil {
		return answer, 0, err
	}
	for e := range events {
		if e.Run != nil {
			answer.Status, answer.Error = e.Run.Status, e.Run.Error
		}
	}
	if !answer.Status.Final() {
		return answer, http.StatusAccepted, nil
	}
	if outputs {
		answer.Outputs, err = a.lastValues(context.WithoutCancel(ctx), tenant, runID)
	} else if answer.Error != nil {
		answer.Error = &errs.Error{Status: answer.Error.Status, Code: answer.Error.Code, Message: "The run did not succeed."}
	}
	if answer.Status == engine.Succeeded {
		return answer, http.StatusOK, err
	}
	return answer, http.StatusUnprocessableEntity, err
}

// lastValues gives the small values of the steps that no other step reads.
func (a *API) lastValues(ctx context.Context, tenant, runID string) (map[string]map[string]json.RawMessage, error) {
	steps, err := a.deps.Engine.Steps(ctx, tenant, runID)
	if err != nil {
		return nil, err
	}
	read := map[string]bool{}
	for _, s := range steps {
		for _, sources := range s.Inputs {
			for _, source := range sources {
				id, _ := flow.SplitSource(source)
				read[id] = true
			}
		}
	}
	out := map[string]map[string]json.RawMessage{}
	for _, s := range steps {
		if read[s.NodeID] {
			continue
		}
		for port, v := range s.Outputs {
			if len(v.Data) == 0 {
				continue
			}
			if out[s.NodeID] == nil {
				out[s.NodeID] = map[string]json.RawMessage{}
			}
			out[s.NodeID][port] = v.Data
		}
	}
	return out, nil
}
