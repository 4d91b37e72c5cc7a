// Package envs is the commands about the environments of a server: list, create, build, show, delete, rollback, upload, policy.
package envs

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	python "dataflow/coderunner/client"
	"dataflow/coderunner/environment"
	"dataflow/ide-go-lib/errs"
)

// New gives `dataflow env`.
func New(w *console.World) *cobra.Command {
	return remote.Group("env", "Look after environments: sets of Python packages",
		`Look after the environments of a server: named sets of Python packages that flows run their code with.

Each build makes a new version, with every package locked to one file by its hash. The version in use stays until the new one
is ready. A Python node names an environment, or one version of it: reports, reports@3.

`+remote.LoginHelp,
		`  dataflow env create reports "polars>=1,<2" humanize
  dataflow env build reports
  dataflow env show reports
  dataflow env rollback reports 1`,
		newList(w), newCreate(w), newBuild(w), newShow(w), newLog(w), newDelete(w), newRollback(w), newUpload(w), newWheels(w), newPolicy(w))
}

// names completes the names of environments.
func names(ctx context.Context, c *client.Client, _ string) ([]string, error) {
	list, err := c.Environments(ctx)
	found := make([]string, 0, len(list))
	for _, e := range list {
		found = append(found, e.Name)
	}
	return found, err
}

func newList(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List environments", Long: remote.LoginHelp, Args: cobra.NoArgs,
		Example: `  dataflow env list
  dataflow env list --json`,
	}
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, _ []string) error {
		list, err := c.Environments(ctx)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(list)
		}
		t := console.Table{Header: []string{"NAME", "TITLE", "IN USE", "NEWEST", "STATE", "HOSTS"}}
		const widestTitle = 40
		for _, e := range list {
			inUse, newest, state := number(e.Version), number(e.LastVersion), string(e.LastStatus)
			switch {
			case e.Builtin:
				state = "built in"
			case e.LastVersion == 0:
				state = "not built"
			}
			t.Add(console.Text(e.Name), console.Text(console.Shorten(e.Title, widestTitle)), console.Text(inUse), console.Text(newest),
				console.Text(state), console.Text(strconv.Itoa(len(e.Egress))))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
}

func number(version int) string {
	if version == 0 {
		return "–"
	}
	return strconv.Itoa(version)
}

func newShow(w *console.World) *cobra.Command {
	var version int
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show an environment with its versions and locked packages", Long: remote.LoginHelp, Args: cobra.ExactArgs(1),
		Example: `  dataflow env show reports
  dataflow env show reports --version 3`,
	}
	cmd.Flags().IntVar(&version, "version", 0, "the version whose packages to show; absent is the one in use")
	remote.Complete(w, cmd, 1, names)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		shown, err := find(ctx, c, args[0], version)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(shown)
		}
		shown.write(v)
		shown.writeFailure(v, version)
		return nil
	})
}

// whole is an environment with what belongs to it.
type whole struct {
	environment.Environment
	Versions []listed         `json:"versions"`
	Packages []python.Package `json:"packages"`
}

// listed is a version without what lists of versions leave out.
type listed struct {
	environment.Version
	Packages     *struct{} `json:"packages,omitempty"`
	Requirements *struct{} `json:"requirements,omitempty"`
}

func find(ctx context.Context, c *client.Client, name string, version int) (out whole, err error) {
	out.Versions, out.Packages = []listed{}, []python.Package{}
	if out.Environment, err = c.Environment(ctx, name); err != nil {
		return out, err
	}
	if out.Builtin {
		base, err := c.DefaultPackages(ctx)
		out.Packages = base.Packages
		return out, err
	}
	versions, err := c.EnvironmentVersions(ctx, name)
	if err != nil {
		return out, err
	}
	for _, v := range versions {
		out.Versions = append(out.Versions, listed{Version: v})
	}
	if version == 0 {
		version = out.Version
	}
	if version > 0 {
		v, err := c.EnvironmentVersion(ctx, name, version)
		out.Packages = v.Packages
		return out, err
	}
	return out, nil
}

func (e whole) write(v *remote.Verb) {
	console.Say(v.Stdout, "%s", e.Name)
	if e.Title != "" {
		console.Say(v.Stdout, ": %s", e.Title)
	}
	console.Say(v.Stdout, "\n")
	for _, line := range e.Requirements {
		console.Say(v.Stdout, "  asks for   %s\n", line)
	}
	for _, host := range e.Egress {
		console.Say(v.Stdout, "  may reach  %s\n", host)
	}
	if len(e.Versions) > 0 {
		t := console.Table{Header: []string{"", "VERSION", "STATE", "BUILT", "BY", "SIZE"}}
		for _, one := range e.Versions {
			mark := ""
			if one.Version.Version == e.Version {
				mark = "*"
			}
			t.Add(console.Text(mark), console.Text(strconv.Itoa(one.Version.Version)), console.Text(string(one.Status)),
				console.Text(one.CreatedAt.Local().Format("2006-01-02 15:04")), console.Text(one.CreatedBy), console.Text(console.Bytes(one.SizeBytes)))
		}
		console.Say(v.Stdout, "\n")
		t.Write(v.Stdout, v.Color())
	}
	if len(e.Packages) > 0 {
		const digits = 16
		t := console.Table{Header: []string{"PACKAGE", "VERSION", "SHA-256"}}
		for _, p := range e.Packages {
			t.Add(console.Text(p.Name), console.Text(p.Version), console.Text(console.Shorten(p.SHA256, digits)))
		}
		console.Say(v.Stdout, "\n")
		t.Write(v.Stdout, v.Color())
	}
}

// writeFailure says why the version that was asked for, else the newest one, is not ready.
func (e whole) writeFailure(v *remote.Verb, version int) {
	if version == 0 {
		version = e.LastVersion
	}
	for _, one := range e.Versions {
		if one.Version.Version == version && one.Error != nil {
			console.Say(v.Stdout, "\nVersion %d %s: %s\n", version, one.Status, console.Printable(one.Error.Message))
			if one.Error.Hint != "" {
				console.Say(v.Stdout, "%s\n", console.Printable(one.Error.Hint))
			}
		}
	}
}

func newLog(w *console.World) *cobra.Command {
	var version int
	cmd := &cobra.Command{
		Use: "log NAME", Short: "Show the log of a build", Args: cobra.ExactArgs(1),
		Long: "Show the log of a build from its beginning; of one that is under way, until it has ended.\n\n" + remote.LoginHelp,
		Example: `  dataflow env log reports
  dataflow env log reports --version 3`,
	}
	cmd.Flags().IntVar(&version, "version", 0, "the version that was built; absent is the newest")
	remote.Complete(w, cmd, 1, names)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		if version == 0 {
			e, err := c.Environment(ctx, args[0])
			if err != nil {
				return err
			}
			if version = e.LastVersion; version == 0 {
				return errs.Conflict("environment_not_built", "The environment %q was never built.", args[0])
			}
		}
		lines := []environment.LogLine{}
		err := c.WatchBuild(ctx, args[0], version, func(line environment.LogLine) {
			if lines = append(lines, line); !v.JSON {
				console.Say(v.Stdout, "%s\n", console.Printable(line.Text))
			}
		})
		if err != nil || !v.JSON {
			return err
		}
		return v.Print(lines)
	})
}

func newDelete(w *console.World) *cobra.Command {
	var yes, force bool
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Delete an environment with its versions", Args: cobra.ExactArgs(1),
		Long: "Delete an environment with its versions. One that flows name is left, unless --force is given; their nodes then fail until they name another one.\n\n" + remote.LoginHelp,
		Example: `  dataflow env delete reports --yes
  dataflow env delete reports --yes --force`,
	}
	cmd.Flags().BoolVar(&force, "force", false, "delete it although flows name it")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	remote.Complete(w, cmd, 1, names)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		if err := v.Confirm(yes, fmt.Sprintf("Delete the environment %s with all its versions?", args[0])); err != nil {
			return err
		}
		if err := c.DeleteEnvironment(ctx, args[0], force); err != nil {
			return err
		}
		v.Note("%s is deleted.\n", args[0])
		return nil
	})
}

func newRollback(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use: "rollback NAME VERSION", Short: "Use another version that is ready", Long: remote.LoginHelp, Args: cobra.ExactArgs(2),
		Example: "  dataflow env rollback reports 3",
	}
	remote.Complete(w, cmd, 1, names)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		version, err := strconv.Atoi(args[1])
		if err != nil || version < 1 {
			return console.Usagef("VERSION must be a number, not %q", args[1])
		}
		if err := c.UseEnvironmentVersion(ctx, args[0], version); err != nil {
			return err
		}
		v.Note("%s: version %d is in use.\n", args[0], version)
		return nil
	})
}

func newPolicy(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy [restricted|isolated]", Short: "Show or set the language policy of Python code", Args: cobra.MaximumNArgs(1),
		Long: `Show the language policy of your tenant's Python code, or set it (administrators only). restricted refuses what reaches past ordinary
Python; isolated leaves all to the sandbox, which holds under both.

` + remote.LoginHelp,
		Example: `  dataflow env policy
  dataflow env policy isolated`,
		ValidArgs: []string{string(environment.Restricted), string(environment.Isolated)},
	}
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) (err error) {
		var policy environment.PythonPolicy
		if len(args) == 1 {
			policy, err = c.SetPythonPolicy(ctx, args[0])
		} else {
			policy, err = c.PythonPolicy(ctx)
		}
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(policy)
		}
		console.Say(v.Stdout, "%s\n", policy.Policy)
		return nil
	})
}
