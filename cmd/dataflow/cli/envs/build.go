package envs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/coderunner/environment"
	"dataflow/ide-go-lib/errs"
)

// cancelGrace is how long telling the server of an interrupted build may take.
const cancelGrace = 15 * time.Second

func newCreate(w *console.World) *cobra.Command {
	var draft environment.Draft
	var file string
	var noBuild, replace bool
	cmd := &cobra.Command{
		Use:   "create NAME [REQUIREMENT…]",
		Short: "Create an environment and build it",
		Long:  "Create an environment and build it, with the build's log on standard error. When the build fails the exit code is 4.\n\n" + remote.LoginHelp,
		Example: `  dataflow env create reports "polars>=1,<2" humanize
  dataflow env create reports -r requirements.txt --title "Monthly reports"
  dataflow env create fetch --egress api.example.org
  dataflow env create reports --replace humanize`,
		Args: cobra.MinimumNArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVarP(&file, "requirements", "r", "", "`file` with a requirement on each line")
	fl.StringVar(&draft.Title, "title", "", "what people see")
	fl.StringVar(&draft.Description, "description", "", "what it is for")
	fl.StringSliceVar(&draft.Egress, "egress", nil, "`host` that its code may reach (administrators only); may be repeated")
	fl.BoolVar(&draft.Source, "source", false, "build packages without a wheel from their source (administrators only)")
	fl.BoolVar(&noBuild, "no-build", false, "do not build it yet")
	fl.BoolVar(&replace, "replace", false, "change the environment if it is there already")
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		name := args[0]
		draft.Requirements = args[1:]
		if file != "" {
			text, err := os.ReadFile(v.Path(file))
			if err != nil {
				return console.Usagef("read the requirements: %w", err)
			}
			draft.Requirements = append(draft.Requirements, strings.Split(strings.TrimRight(string(text), "\n"), "\n")...)
		}
		if err := put(ctx, c, name, draft, replace); err != nil {
			return err
		}
		if noBuild || name == environment.Default {
			v.Note("%s is saved.\n", name)
			return nil
		}
		return build(ctx, v, c, name)
	})
}

func put(ctx context.Context, c *client.Client, name string, draft environment.Draft, replace bool) error {
	if replace {
		now, err := c.Environment(ctx, name)
		if err == nil {
			return c.SaveEnvironment(ctx, name, now.Revision, draft)
		}
		if !errors.Is(err, &errs.Error{Code: "environment_not_found"}) {
			return err
		}
	}
	err := c.CreateEnvironment(ctx, name, draft)
	var taken *errs.Error
	if errors.As(err, &taken) && taken.Code == "environment_name_taken" && name != environment.Default {
		return taken.WithHint("Give --replace to change the one that is there; what is not given is then empty.")
	}
	return err
}

func newBuild(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use: "build NAME", Short: "Build what an environment asks for, as its next version", Args: cobra.ExactArgs(1),
		Long: "Build what an environment asks for, as its next version, with the build's log on standard error. When it fails the version in use stays, and the exit code is 4. Interrupted, it cancels the build.\n\n" + remote.LoginHelp,
		Example: `  dataflow env build reports
  dataflow env build reports --json`,
	}
	remote.Complete(w, cmd, 1, names)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		return build(ctx, v, c, args[0])
	})
}

// build builds and follows the build to its end.
func build(ctx context.Context, v *remote.Verb, c *client.Client, name string) error {
	begun, err := c.BuildEnvironment(ctx, name)
	if err != nil {
		return err
	}
	err = c.WatchBuild(ctx, name, begun.Version, func(line environment.LogLine) { v.Note("%s\n", console.Printable(line.Text)) })
	if ctx.Err() != nil {
		after, done := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
		defer done()
		return console.WithCode(console.ExitCanceled, errors.Join(context.Cause(ctx), c.CancelBuild(after, name, begun.Version)))
	}
	if err != nil {
		return err
	}
	made, err := c.EnvironmentVersion(ctx, name, begun.Version)
	if err != nil {
		return err
	}
	if v.JSON {
		if err := v.Print(made); err != nil {
			return err
		}
	}
	switch {
	case made.Status == environment.Ready:
		v.Note("%s: version %d is ready and in use, with %s and %s.\n", name, made.Version, console.Number(len(made.Packages), "package", "packages"), console.Bytes(made.SizeBytes))
		return nil
	case made.Error != nil:
		return console.WithCode(console.ExitFailed, made.Error)
	}
	return console.WithCode(console.ExitFailed, fmt.Errorf("version %d is %s", made.Version, made.Status))
}
