package remote

import (
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/api"
	"dataflow/ide-go-lib/errs"
)

const (
	draft     = "draft"
	published = "published"
)

// Version says which version of a flow is meant: the draft, the one that was published last, or that of a number.
type Version struct{ text string }

// Flag adds --version; what is meant by it, such as "to run".
func (v *Version) Flag(cmd *cobra.Command, fl *pflag.FlagSet, what string) {
	fl.StringVar(&v.text, "version", draft, "`version` "+what+": draft, published (the last one that was), or a number")
	_ = cmd.RegisterFlagCompletionFunc("version", cobra.FixedCompletions([]string{draft, published}, cobra.ShellCompDirectiveNoFileComp)) // it fails only for a flag that is not there
}

// Published says whether the one that was published last is meant.
func (v *Version) Published() bool { return v.text == published }

// Of gives its number; 0 is the draft.
func (v *Version) Of(f api.FlowSummary) (int, error) {
	switch v.text {
	case draft:
		return 0, nil
	case published:
		if f.PublishedVersion == 0 {
			return 0, errs.Conflict("not_published", "No version of the flow %q is published.", f.Name).
				WithHint("Publish its draft with `dataflow flows publish %s`, or take the draft.", f.Name)
		}
		return f.PublishedVersion, nil
	}
	n, err := strconv.Atoi(v.text)
	if err != nil || n < 0 {
		return 0, console.Usagef("--version is draft, published, or a number from 1, not %q", v.text)
	}
	return n, nil
}
