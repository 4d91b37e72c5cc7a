package remote

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
)

// Verb is one command that speaks to a server.
type Verb struct {
	*console.World
	Connection Connection
	JSON       bool
}

// NewVerb gives a command its connection and its --json, and run, which is called with the open connection. Use it last:
// run sees flags of the command itself through the variables they are bound to.
func NewVerb(w *console.World, cmd *cobra.Command, run func(ctx context.Context, v *Verb, c *client.Client, args []string) error) *cobra.Command {
	v := &Verb{World: w}
	v.Connection.Flags(cmd.Flags())
	if cmd.Flags().Lookup("json") == nil {
		cmd.Flags().BoolVar(&v.JSON, "json", false, "answer as JSON on standard output")
	}
	cmd.Long = strings.TrimSpace(cmd.Long)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := v.open(cmd)
		if err != nil {
			return err
		}
		return run(cmd.Context(), v, c, args)
	}
	return cmd
}

func (v *Verb) open(cmd *cobra.Command) (*client.Client, error) {
	if err := console.ApplySettings(v.World, cmd, connectionFlags...); err != nil {
		return nil, err
	}
	return v.Connection.Open(cmd.Context(), v.World)
}

// Group is a command that only holds others.
func Group(use, short, long, example string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	g.AddCommand(commands...)
	return g
}

// Color says whether standard output takes colours.
func (v *Verb) Color() bool {
	no, set := v.Env("NO_COLOR")
	return v.TerminalOut && (!set || no == "")
}

// Print writes a value as JSON.
func (v *Verb) Print(value any) error {
	enc := json.NewEncoder(v.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

// Detached prints a run that goes on without anybody watching: its id, or all of it.
func (v *Verb) Detached(id string, run any, all bool) error {
	if all {
		return v.Print(run)
	}
	console.Say(v.Stdout, "%s\n", id)
	return nil
}

// Note says something beside the answer, which a program that reads the answer does not see.
func (v *Verb) Note(format string, args ...any) { console.Say(v.Stderr, format, args...) }

// Confirm asks before something that cannot be taken back. Where nobody can be asked, --yes has to say so.
func (v *Verb) Confirm(yes bool, question string) error {
	if yes {
		return nil
	}
	if !v.TerminalIn {
		return console.Usagef("there is nobody to answer %q; give --yes to go ahead", question)
	}
	console.Say(v.Stderr, "%s [y/N] ", question)
	line, err := bufio.NewReader(v.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return console.WithCode(console.ExitCanceled, errors.New("nothing was changed"))
}
