package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/errs"
)

// question is what an approval asks, as its node wrote it.
type question struct {
	Assignees  []string `json:"assignees"`
	EscalateTo []string `json:"escalate_to"`
	Form       []struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Title    string `json:"title"`
		Required bool   `json:"required"`
	} `json:"form"`
}

// mayDecide says whether the principal is among those who are asked. An administrator always is.
func (q question) mayDecide(p auth.Principal, escalated bool) bool {
	if !p.Can(auth.RunApprove) {
		return false
	}
	asked := q.Assignees
	if escalated {
		asked = append(slices.Clone(asked), q.EscalateTo...)
	}
	if len(q.Assignees) == 0 || slices.Contains(p.Roles, auth.Administrator) {
		return true
	}
	return slices.ContainsFunc(asked, func(name string) bool {
		if role, is := strings.CutPrefix(name, "role:"); is {
			return slices.Contains(p.Roles, auth.Role(role))
		}
		return name == p.Name
	})
}

// fill checks what was filled in against the form.
func (q question) fill(given map[string]any, approves bool) (map[string]any, error) {
	params := make(flow.Params, 0, len(q.Form))
	for _, f := range q.Form {
		p := flow.Param{Name: f.Name, Type: f.Type, Title: f.Title, Required: f.Required && approves}
		if p.Type == "" {
			p.Type = "string"
		}
		params = append(params, p)
	}
	filled, err := params.Resolve(given)
	if err == nil {
		return filled, nil
	}
	e := *errs.From(err)
	e.Details = slices.Clone(e.Details)
	for i := range e.Details { // they name a parameter; here it is a field of the form
		e.Details[i].Field = "body.form" + strings.TrimPrefix(e.Details[i].Field, "params")
	}
	return nil, &e
}

func (a *API) listApprovals(ctx context.Context, in *approvalsInput) (*body[approvalList], error) {
	open, err := a.deps.Engine.Waits(ctx, tenantOf(ctx), engine.WaitApproval)
	if err != nil {
		return nil, err
	}
	out := approvalList{Items: []Approval{}}
	for _, w := range open {
		item, err := approvalOf(auth.From(ctx), w)
		if err != nil {
			return nil, err
		}
		if (in.Mine && !item.Mine) || (in.RunID != "" && item.RunID != in.RunID) {
			continue
		}
		out.Items = append(out.Items, item)
	}
	return &body[approvalList]{out}, nil
}

func approvalOf(p auth.Principal, w engine.OpenWait) (Approval, error) {
	var q question
	if err := json.Unmarshal(w.Step.Wait.Data, &q); err != nil {
		return Approval{}, errs.Internal(err)
	}
	out := Approval{
		RunID: w.Run.ID, FlowID: w.Run.FlowID, FlowName: w.Run.FlowName, FlowTitle: w.Run.FlowTitle, Step: w.Step.NodeID,
		Deadline: w.Step.Wait.Until, Escalated: w.Step.Wait.Escalated, Question: w.Step.Wait.Data, Mine: q.mayDecide(p, w.Step.Wait.Escalated),
	}
	if w.Step.StartedAt != nil {
		out.Since = *w.Step.StartedAt
	}
	return out, nil
}

func (a *API) signalRun(ctx context.Context, in *signalInput) (*body[engine.Run], error) {
	tenant, p, b := tenantOf(ctx), auth.From(ctx), in.Body
	steps, err := a.deps.Engine.Steps(ctx, tenant, in.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(steps, func(s engine.Step) bool { return s.NodeID == b.Step })
	if i < 0 {
		return nil, errs.NotFound("unknown_step", "The run has no step %q.", b.Step)
	}
	wait := steps[i].Wait
	if wait == nil || wait.Kind != engine.WaitApproval || steps[i].Status != engine.Waiting {
		return nil, errs.Conflict("not_waiting", "The step %q does not wait for a decision.", b.Step).
			WithHint("Somebody may have decided before, or the time is over; look at the run.")
	}
	var q question
	if err := json.Unmarshal(wait.Data, &q); err != nil {
		return nil, errs.Internal(err)
	}
	if !q.mayDecide(p, wait.Escalated) {
		return nil, errs.Forbidden("not_asked", "%s is not among those who may decide: %s.", p.Name, strings.Join(q.Assignees, ", "))
	}
	approves := b.Decision == "approve"
	filled, err := q.fill(b.Form, approves)
	if err != nil {
		return nil, err
	}
	decided, err := json.Marshal(map[string]any{"by": p.Name, "at": a.deps.Clock.Now().UTC().Format(time.RFC3339), "comment": b.Comment, "form": filled})
	if err != nil {
		return nil, errs.Internal(err)
	}
	port := "rejected"
	if approves {
		port = "approved"
	}
	err = a.deps.Engine.Signal(ctx, tenant, in.ID, engine.Signal{
		Step: b.Step, Kind: engine.WaitApproval, By: p.Name, Outputs: value.Outputs{port: {Kind: value.JSON, Data: decided}},
		Details: map[string]json.RawMessage{"decided": decided},
	})
	if err != nil {
		return nil, err
	}
	return a.getRun(ctx, &idInput{in.ID})
}

// callback takes a call for a step that waits for one: callback/RUN/TOKEN/STEP.
func (a *API) callback(w http.ResponseWriter, r *http.Request, address string) error {
	parts := strings.SplitN(address, "/", 3)
	if len(parts) < 3 || parts[2] == "" {
		return errs.NotFound("callback_not_found", "There is nothing to call back at this address.").
			WithHint("The address ends with the id of the step that waits.")
	}
	if !slices.Contains(calling, r.Method) {
		return askToCall(w, r)
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"method": r.Method, "query": firstOf(r.URL.Query()), "body": bodyValue(r.Header.Get("Content-Type"), content)})
	if err != nil {
		return errs.Internal(err)
	}
	if len(data) > callbackMax {
		return errs.New(http.StatusRequestEntityTooLarge, "callback_too_large", "A callback takes at most %d KiB.", callbackMax>>10).
			WithHint("Store the data somewhere and send where it is.")
	}
	err = a.deps.Engine.Callback(r.Context(), parts[0], parts[1], engine.Signal{
		Step: parts[2], Kind: engine.WaitCallback, By: "callback", Outputs: value.Outputs{"value": {Kind: value.JSON, Data: data}},
	})
	if err != nil {
		return err
	}
	if wantsPage(r) {
		return writePage(w, r, called)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// callbackMax is what a callback may bring; it is kept in the journal.
const callbackMax = value.InlineMax

// firstOf is the query with one value for each name.
func firstOf(query map[string][]string) map[string]string {
	out := make(map[string]string, len(query))
	for name, values := range query {
		if len(values) > 0 {
			out[name] = values[0]
		}
	}
	return out
}

// bodyValue is JSON as its value, and any other text as text.
func bodyValue(contentType string, content []byte) any {
	switch {
	case len(content) == 0:
		return nil
	case strings.Contains(contentType, "json") && json.Valid(content):
		return json.RawMessage(content)
	}
	return strings.ToValidUTF8(string(content), "�")
}
