package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dataflow/cmd/dataflow/cli/connections"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/envs"
	"dataflow/cmd/dataflow/cli/flows"
	"dataflow/cmd/dataflow/cli/runs"
	"dataflow/cmd/dataflow/cli/upkeep"
	"dataflow/ide-go-lib/near"
)

// Main runs one invocation and gives its exit code. A panic is a fault of ours: it is said to be one, without its stack,
// which only DATAFLOW_DEBUG shows.
func Main(ctx context.Context, w World) (code int) {
	defer func() {
		if p := recover(); p != nil {
			say(w.Stderr, "Error: dataflow has met a fault of its own: %v.\nPlease report it; DATAFLOW_DEBUG=1 shows where it happened.\n", p)
			if v, _ := w.Env("DATAFLOW_DEBUG"); v != "" {
				say(w.Stderr, "%s", debug.Stack())
			}
			code = exitInternal
		}
	}()
	ctx, stop := w.UntilSignal(ctx)
	defer stop()
	root := newRoot(&w)
	err := root.ExecuteContext(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errSignal) && console.CodeOf(err) == exitInternal {
		err = withCode(exitCanceled, err)
	}
	if err != nil {
		console.Report(w.Stderr, err)
	}
	return console.CodeOf(err)
}

func newRoot(w *World) *cobra.Command {
	root := &cobra.Command{
		Use:   "dataflow",
		Short: "Build, run and watch data pipelines",
		Long: `Dataflow builds, runs and watches data pipelines: drawn in the browser or written as YAML.

Exit codes: 0 success, 1 internal error, 2 wrong usage, 3 the flow or its parameters are invalid, 4 the run failed,
5 canceled, 6 the server cannot be reached or refused the login, 7 there is no such thing or its state does not allow it,
8 a comparison found differences, 9 doctor found something wrong.

Every flag of serve can be set in the environment too, as DATAFLOW_ and its name in capitals (DATAFLOW_ADDR, DATAFLOW_DATA, …),
or in a settings file given by --config.`,
		Example: `  dataflow serve --examples embedded            # start everything, with the examples, on http://127.0.0.1:3000
  dataflow run examples/birdstrikes/flow.yaml   # run a flow here, without a server
  dataflow validate flows/*.yaml                # check flows
  dataflow login                                # log in to a server, for what follows
  dataflow flows apply flows/                   # make the server's flows those of a folder
  dataflow runs --status failed                 # find what went wrong`,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Version = version()
	root.SetVersionTemplate(versionLine())
	root.SetArgs(w.Args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w%s (%s --help lists the flags)", err, meantFlag(cmd, err), cmd.CommandPath())
	})
	root.AddCommand(
		newServe(w), newRun(w), newValidate(w), newNodes(w), newVersion(w), newOpenAPI(w), newAdmin(w), newToken(w), newLogin(w), newLogout(w),
		flows.New(w), envs.New(w), connections.New(w),
	)
	root.AddCommand(runs.New(w)...)
	root.AddCommand(upkeep.New(w, baseVersion)...)
	group(root)
	for _, c := range allCommands(root) {
		switch {
		case c.HasSubCommands():
			c.Args = noFurtherWord
		case c.Args == nil:
			c.Args = cobra.NoArgs
		}
		c.Args = usageArgs(c.Args)
	}
	root.Args = noFurtherWord
	return root
}

// group orders the commands in the help by what they are for.
func group(root *cobra.Command) {
	for _, g := range []struct {
		id, title string
		commands  []string
	}{
		{"local", "Flows in files:", []string{"run", "validate", "nodes"}},
		{"remote", "Flows and runs on a server:", []string{"login", "logout", "flows", "runs", "logs", "cancel", "retry", "backfill", "backfills", "approvals", "connections", "env"}},
		{"host", "The server itself:", []string{"serve", "backup", "restore", "doctor", "admin", "token", "openapi"}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range root.Commands() {
			if slices.Contains(g.commands, c.Name()) {
				c.GroupID = g.id
			}
		}
	}
}

func allCommands(c *cobra.Command) []*cobra.Command {
	list := make([]*cobra.Command, 0, len(c.Commands()))
	for _, child := range c.Commands() {
		list = append(list, child)
		list = append(list, allCommands(child)...)
	}
	return list
}

// noFurtherWord is for commands whose only arguments are other commands.
func noFurtherWord(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("there is no command %q", strings.TrimPrefix(cmd.CommandPath()+" "+args[0], "dataflow "))
	var offered []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			offered = append(offered, c.Name())
		}
	}
	const most = 3
	if meant := near.Names(args[0], offered, most); len(meant) > 0 {
		message += "; did you mean " + strings.Join(meant, " or ") + "?"
	}
	return usagef("%s (%s --help lists them)", message, cmd.CommandPath())
}

// usageArgs gives wrong arguments the exit code of wrong usage.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			if console.CodeOf(err) == exitUsage {
				return err
			}
			return usagef("%s (%s --help shows how it is used)", wrongArgs(cmd, args), cmd.CommandPath())
		}
		return nil
	}
}

// wrongArgs says what a command takes and what it was given.
func wrongArgs(cmd *cobra.Command, args []string) string {
	_, takes, _ := strings.Cut(cmd.Use, " ")
	given := make([]string, len(args))
	for i, a := range args {
		given[i] = strconv.Quote(a)
	}
	switch {
	case takes == "":
		return fmt.Sprintf("%s takes flags only, and was given %s", cmd.CommandPath(), strings.Join(given, " "))
	case len(args) == 0:
		return fmt.Sprintf("%s needs %s", cmd.CommandPath(), takes)
	}
	return fmt.Sprintf("%s takes %s, and was given %s", cmd.CommandPath(), takes, strings.Join(given, " "))
}

// meantFlag offers the flags whose names are near to one that is not there.
func meantFlag(cmd *cobra.Command, err error) string {
	var absent *pflag.NotExistError
	if !errors.As(err, &absent) || len(absent.GetSpecifiedName()) < 2 {
		return ""
	}
	var offered []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { offered = append(offered, f.Name) })
	const most = 2
	meant := near.Names(absent.GetSpecifiedName(), offered, most)
	if len(meant) == 0 {
		return ""
	}
	return "; did you mean --" + strings.Join(meant, " or --") + "?"
}
