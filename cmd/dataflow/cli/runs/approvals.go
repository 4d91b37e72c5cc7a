package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/flowfile"
	"dataflow/cmd/dataflow/cli/remote"
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
	cmd := &cobra.Command{
		Use:     use,
		Short:   "List what waits for a decision",
		Long:    "List the steps that wait for a decision, the oldest first.\n\n" + remote.LoginHelp,
		Example: `  dataflow approvals list --json`,
		Args:    cobra.NoArgs,
	}
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, _ []string) error {
		list, _, err := client.Collect(c.Approvals(ctx), 0)
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
		t := console.Table{Header: []string{"RUN", "STEP", "FLOW", "TITLE", "ASSIGNED TO", "SINCE", "DEADLINE"}}
		for _, a := range list {
			t.Add(console.Text(a.RunID), console.Text(a.Step), console.Text(a.FlowName), console.Text(a.Title),
				console.Text(strings.Join(a.Assignees, ", ")), console.Text(instant(a.Since)), console.Text(instant(a.Deadline)))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
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
		s := client.Signal{Step: a.Step, Decision: decision, Comment: comment}
		form, err := formOf(a)
		if err != nil {
			return err
		}
		if s.Form, err = fields.Given(w, form); err != nil {
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
		console.Say(v.Stdout, "%s %s of run %s\n", past, a.Step, a.RunID)
		return nil
	})
}

// waiting finds the approval of a run; step "" is the only one.
func waiting(ctx context.Context, c *client.Client, run, step string) (client.Approval, error) {
	var found []client.Approval
	for a, err := range c.Approvals(ctx) {
		if err != nil {
			return client.Approval{}, err
		}
		if a.RunID == run && (step == "" || a.Step == step) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if _, err := c.Run(ctx, run); err != nil {
			return client.Approval{}, err
		}
		what := "No step"
		if step != "" {
			what = "The step " + step
		}
		return client.Approval{}, errs.Conflict("not_waiting", "%s of the run %s waits for a decision of yours", what, run).
			WithHint("`dataflow approvals` lists what does.")
	}
	steps := make([]string, len(found))
	for i, a := range found {
		steps[i] = a.Step
	}
	return client.Approval{}, console.Usagef("several steps of the run wait for a decision; name one of %s", strings.Join(steps, ", "))
}

// formOf gives the fields of an approval's form as parameters, which they are written like.
func formOf(a client.Approval) (form flow.Params, err error) {
	if len(a.Form) == 0 || string(a.Form) == "null" {
		return nil, nil
	}
	if err := json.Unmarshal(a.Form, &form); err != nil {
		return nil, fmt.Errorf("read the form of %s: %w", a.Step, err)
	}
	return form, nil
}

func approvalRuns(ctx context.Context, c *client.Client, _ string) ([]string, error) {
	var ids []string
	for a, err := range c.Approvals(ctx) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, a.RunID+"\t"+a.FlowName+" "+a.Step)
	}
	return ids, nil
}
