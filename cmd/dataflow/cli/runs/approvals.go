package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

// newApprovals gives `dataflow approvals`, which lists by itself.
func newApprovals(w *console.World) *cobra.Command {
	cmd := newApprovalList(w, "approvals")
	cmd.Short = "List what waits for a decision, and approve or reject it"
	cmd.Long = "List the steps that wait for a decision, and decide. Without a further word it lists them.\n\n" + remote.LoginHelp
	cmd.Example = `  dataflow approvals
  dataflow approvals approve 01kcx5t6m8q2v4w7y9z1a3b5d7 --comment "checked"
  dataflow approvals reject 01kcx5t6m8q2v4w7y9z1a3b5d7 release`
	cmd.AddCommand(newApprovalList(w, "list"), newDecision(w, "approve"), newDecision(w, "reject"))
	return cmd
}

func newApprovalList(w *console.World, use string) *cobra.Command {
	var mine bool
	var run string
	cmd := &cobra.Command{
		Use:   use,
		Short: "List what waits for a decision",
		Long:  "List the steps that wait for a decision, the oldest first.\n\n" + remote.LoginHelp,
		Example: `  dataflow approvals list --mine
  dataflow approvals list --json | jq -r '.[].question.title'`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&mine, "mine", false, "only those that you may decide")
	cmd.Flags().StringVar(&run, "run", "", "only those of this `run`")
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, _ []string) error {
		list, _, err := client.Collect(c.Approvals(ctx, run, mine), 0)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(list)
		}
		if len(list) == 0 {
			v.Note("Nothing waits for a decision.\n")
			return nil
		}
		return showApprovals(v, list)
	})
}

// question is what an approval asks.
type question struct {
	Title     string   `json:"title"`
	Message   string   `json:"message"`
	Assignees []string `json:"assignees"`
	Form      []struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Required bool   `json:"required"`
	} `json:"form"`
}

func questionOf(a api.Approval) (q question, err error) {
	if err := json.Unmarshal(a.Question, &q); err != nil {
		return q, fmt.Errorf("read what %s of run %s asks: %w", a.Step, a.RunID, err)
	}
	return q, nil
}

func showApprovals(v *remote.Verb, list []api.Approval) error {
	t := console.Table{Header: []string{"RUN", "STEP", "FLOW", "ASKS", "ASKED", "FORM", "SINCE", "DEADLINE"}}
	for _, a := range list {
		q, err := questionOf(a)
		if err != nil {
			return err
		}
		asked := strings.Join(q.Assignees, ", ")
		if asked == "" {
			asked = "anybody"
		}
		if !a.Mine {
			asked += " (not you)"
		}
		fields := make([]string, len(q.Form))
		for i, f := range q.Form {
			fields[i] = f.Name
		}
		t.Add(console.Text(a.RunID), console.Text(a.Step), console.Text(a.FlowName), console.Text(q.Title), console.Text(asked),
			console.Text(strings.Join(fields, ", ")), console.Text(instant(&a.Since)), console.Text(instant(a.Deadline)))
	}
	t.Write(v.Stdout, v.Color())
	return nil
}

func newDecision(w *console.World, decision string) *cobra.Command {
	var comment string
	var fields flowfile.Params
	cmd := &cobra.Command{
		Use:   decision + " RUN [STEP]",
		Short: strings.ToUpper(decision[:1]) + decision[1:] + " what waits for a decision",
		Long: "Decide a step that waits for it. The step may be left out when only one of the run waits. The fields of its form are given by " +
			"--field, or by a file.\n\n" + remote.LoginHelp,
		Example: fmt.Sprintf(`  dataflow approvals %[1]s 01kcx5t6m8q2v4w7y9z1a3b5d7
  dataflow approvals %[1]s 01kcx5t6m8q2v4w7y9z1a3b5d7 release --comment "checked" --field amount=250`, decision),
		Args: cobra.RangeArgs(1, 2),
	}
	cmd.Flags().StringVar(&comment, "comment", "", "why it is decided so")
	fields.FlagsAs(cmd.Flags(), "field", "form-file", "a field of the form")
	remote.Complete(w, cmd, 1, approvalRuns)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		a, err := waiting(ctx, c, args[0], append(args, "")[1])
		if err != nil {
			return err
		}
		s := api.SignalBody{Step: a.Step, Decision: decision, Comment: comment}
		if s.Form, err = filled(w, a, fields); err != nil {
			return err
		}
		run, err := c.Signal(ctx, a.RunID, s)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(run)
		}
		past := map[string]string{"approve": "approved", "reject": "rejected"}[decision]
		console.Say(v.Stdout, "%s %s of %s, run %s\n", past, a.Step, a.FlowName, a.RunID)
		return nil
	})
}

// waiting finds what a run asks; step "" is the only step that does.
func waiting(ctx context.Context, c *client.Client, run, step string) (api.Approval, error) {
	list, _, err := client.Collect(c.Approvals(ctx, run, false), 0)
	if err != nil {
		return api.Approval{}, err
	}
	if step != "" {
		list = slices.DeleteFunc(list, func(a api.Approval) bool { return a.Step != step })
	}
	switch len(list) {
	case 1:
		return list[0], nil
	case 0:
		if _, err := c.Run(ctx, run); err != nil {
			return api.Approval{}, err
		}
		what := fmt.Sprintf("No step of the run %s waits", run)
		if step != "" {
			what = fmt.Sprintf("No step %q of the run %s waits", step, run)
		}
		return api.Approval{}, errs.Conflict("not_waiting", "%s for a decision.", what).
			WithHint("`dataflow approvals` lists what does.")
	}
	steps := make([]string, len(list))
	for i, a := range list {
		steps[i] = a.Step
	}
	return api.Approval{}, console.Usagef("several steps of the run wait for a decision; name one of %s", strings.Join(steps, ", "))
}

// filled gives the fields of the form in their types.
func filled(w *console.World, a api.Approval, given flowfile.Params) (map[string]any, error) {
	q, err := questionOf(a)
	if err != nil {
		return nil, err
	}
	form := make(flow.Params, len(q.Form))
	for i, f := range q.Form {
		form[i] = flow.Param{Name: f.Name, Type: f.Type}
		if f.Type == "" {
			form[i].Type = "string"
		}
	}
	values, err := given.Given(w, form)
	var e *errs.Error
	if errors.As(err, &e) {
		e.Message = "What is filled in does not fit the form"
		for i := range e.Details { // they name parameters
			e.Details[i].Field = "form" + strings.TrimPrefix(e.Details[i].Field, "params")
		}
	}
	return values, err
}

func approvalRuns(ctx context.Context, c *client.Client, _ string) ([]string, error) {
	var ids []string
	for a, err := range c.Approvals(ctx, "", true) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, a.RunID+"\t"+a.FlowName+" "+a.Step)
	}
	return ids, nil
}
