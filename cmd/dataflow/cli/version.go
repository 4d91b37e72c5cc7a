package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// baseVersion is the version in development.
const baseVersion = "0.1.0"

func newVersion(w *World) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  dataflow version",
		RunE: func(*cobra.Command, []string) error {
			say(w.Stdout, "%s", versionLine())
			return nil
		},
	}
}

func versionLine() string {
	return fmt.Sprintf("dataflow %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// version is baseVersion with the commit that the binary was built from, where the build knew it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return baseVersion
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if commit == "" {
		return baseVersion
	}
	return fmt.Sprintf("%s (%s%s)", baseVersion, commit, dirty)
}
