package remote

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
)

// completionWait is how long a person who presses the tab key is kept waiting.
const completionWait = 2 * time.Second

// Completions gives what an argument may be, each with a tab and a word about it behind.
type Completions func(ctx context.Context, c *client.Client, prefix string) ([]string, error)

// Complete makes the shell complete a command's arguments from the server. A server that does not answer completes
// nothing. Only the first most arguments are completed; 0 is all.
func Complete(w *console.World, cmd *cobra.Command, most int, list Completions) *cobra.Command {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(w, cmd, prefix, list), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// CompleteArgs is Complete for a command whose arguments go by those before them. After FIELD= comes a value, without a space.
func CompleteArgs(w *console.World, cmd *cobra.Command, list func(ctx context.Context, c *client.Client, args []string, prefix string) ([]string, error)) {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		found := complete(w, cmd, prefix, func(ctx context.Context, c *client.Client, prefix string) ([]string, error) {
			return list(ctx, c, args, prefix)
		})
		how := cobra.ShellCompDirectiveNoFileComp
		if slices.ContainsFunc(found, func(one string) bool { name, _, _ := strings.Cut(one, "\t"); return strings.HasSuffix(name, "=") }) {
			how |= cobra.ShellCompDirectiveNoSpace
		}
		return found, how
	}
}

// CompleteFlag does the same for the value of a flag.
func CompleteFlag(w *console.World, cmd *cobra.Command, flag string, list Completions) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		return complete(w, cmd, prefix, list), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag does not exist
	}
}

func complete(w *console.World, cmd *cobra.Command, prefix string, list Completions) []string {
	parent := cmd.Context()
	if parent == nil {
		parent = context.Background()
	}
	ctx, cancel := context.WithTimeout(parent, completionWait)
	defer cancel()
	if err := console.ApplySettings(w, cmd, connectionFlags...); err != nil {
		return nil
	}
	fl := cmd.Flags()
	connection := Connection{Server: fl.Lookup("server").Value.String()}
	connection.token, connection.user, connection.password = fl.Lookup("token").Value.String(), fl.Lookup("user").Value.String(), fl.Lookup("password").Value.String()
	c, err := connection.Open(ctx, w)
	if err != nil {
		return nil
	}
	all, err := list(ctx, c, prefix)
	if err != nil {
		return nil
	}
	var fitting []string
	for _, one := range all {
		if strings.HasPrefix(one, prefix) {
			fitting = append(fitting, one)
		}
	}
	return fitting
}

// FlowNames completes names of flows.
func FlowNames(ctx context.Context, c *client.Client, prefix string) ([]string, error) {
	var names []string
	for f, err := range c.Flows(ctx, prefix, "name") {
		if err != nil {
			return nil, err
		}
		names = append(names, f.Name+"\t"+f.Title)
	}
	return names, nil
}

// RunIDs completes ids of the latest runs.
func RunIDs(ctx context.Context, c *client.Client, _ string) ([]string, error) {
	const latest = 50
	runs, _, err := client.Collect(c.Runs(ctx, client.RunFilter{}), latest)
	ids := make([]string, len(runs))
	for i, r := range runs {
		ids[i] = r.ID + "\t" + r.FlowName + " " + string(r.Status)
	}
	return ids, err
}
